/** Escape codes for terminals. A palette that is off returns every text as it is, so colour costs nothing when unused. */

type Paint = (text: string) => string;

export interface Palette {
  readonly enabled: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly underline: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly cyan: Paint;
}

interface Terminal {
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether text for this stream carries colours. `NO_COLOR` (set and not empty, which `--no-color` sets too) forbids them and
 * beats everything; `FORCE_COLOR` comes next (`0` and `false` forbid); then `TERM=dumb`; at last, only a terminal has them.
 */
export function colorEnabled(stream: Terminal, env: Environment = process.env): boolean {
  if (env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}

const plain: Paint = (text) => text;

function paint(open: number, close: number): Paint {
  return (text) => `\u001B[${open}m${text}\u001B[${close}m`;
}

const off: Palette = {
  enabled: false,
  bold: plain,
  dim: plain,
  underline: plain,
  red: plain,
  green: plain,
  yellow: plain,
  blue: plain,
  cyan: plain,
};

const on: Palette = {
  enabled: true,
  bold: paint(1, 22),
  dim: paint(2, 22),
  underline: paint(4, 24),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  blue: paint(34, 39),
  cyan: paint(36, 39),
};

/** The colours for a stream, decided by `colorEnabled`. */
export function paletteFor(stream: Terminal, env: Environment = process.env): Palette {
  return colorEnabled(stream, env) ? on : off;
}
