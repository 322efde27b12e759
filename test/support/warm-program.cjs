'use strict';

// The child process of `runWarm`: runs command lines in the bundle, one after another, each with modules of its own, as in a new
// process; only the compiled code stays. Standard output and error are files that the parent reads.

const { Program } = require('../../bin/run.js');

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'uncaughtException', 'unhandledRejection', 'exit', 'warning'];

process.on('message', ({ argv, env, cwd }) => {
  process.env = env;
  process.chdir(cwd);
  process.exitCode = undefined;
  const before = events.map((event) => process.listeners(event));
  void new Program().run(argv).then(() => {
    events.forEach((event, index) => {
      for (const listener of process.listeners(event)) {
        if (!before[index].includes(listener)) process.removeListener(event, listener);
      }
    });
    process.send({ code: Number(process.exitCode ?? 0) });
  });
});
process.on('disconnect', () => process.exit());
