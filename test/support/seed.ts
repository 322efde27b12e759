import fc from 'fast-check';

/**
 * Every run of the tests asks the laws about the same examples, so that it passes or fails for what has changed only. Others are
 * tried with LAWS_SEED=N, any whole number, which a failure then names.
 */
fc.configureGlobal({ seed: Number(process.env['LAWS_SEED'] ?? 1) });
