import { createHash } from 'node:crypto';
import { NAMELESS } from '../../analysis/reach/destinations.js';
import type { Asker } from '../../egress/explain.js';
import { cellsBySource, type Cell, type Matrix } from '../../egress/matrix.js';
import { requestClassText } from '../../wording/request-class.js';
import { sourceText } from '../../wording/policy.js';
import { cellMeanings } from '../../wording/matrix.js';
import { hostIn, outcomeOf, STATIONS, type Step } from './outcomes.js';
import { pageScript } from './page-script.js';
import { pageStyle } from './page-style.js';

const VERDICTS: readonly Cell['verdict'][] = ['allowed', 'some', 'denied', 'unknown'];

/** In texts: the name of the source, and the host of the destination, so that texts about others are the same. */
const [SOURCE, HOST] = ['\u0001', '\u0002'];

type Side = Pick<Matrix, 'rows' | 'input' | 'columns'>;

/** Numbers for things, each once. */
class Table<T> {
  readonly list: T[] = [];
  private readonly numbers = new Map<string, number>();

  of(item: T): number {
    const key = JSON.stringify(item);
    let number = this.numbers.get(key);
    if (number === undefined) this.numbers.set(key, (number = this.list.push(item) - 1));
    return number;
  }
}

/** What the page shows, put together so that what is the same for many cells is there once. */
class PageData {
  private readonly texts = new Table<string>();
  private readonly journeys = new Table<unknown>();
  private readonly outcomes = new Table<unknown>();
  /** What an outcome says about which requests get through, as a number: cells that differ in it have changed. */
  private readonly meanings = new Table<unknown>();
  private readonly same: number[] = [];
  private readonly hosts: readonly string[];

  constructor(private readonly matrix: Matrix) {
    this.hosts = matrix.columns.map(hostIn);
  }

  toJson(): string {
    const { columns, base } = this.matrix;
    const now = this.side(this.matrix);
    const before = base ? this.side(base) : null;
    const data = {
      sources: [...cellsBySource(this.matrix.rows).keys()].map(visible),
      columns: columns.map(visible),
      hosts: this.hosts.map(visible),
      stations: STATIONS,
      meanings: cellMeanings,
      ...{ now, before, same: this.same },
      outcomes: this.outcomes.list,
      journeys: this.journeys.list,
      texts: this.texts.list,
    };
    // no text of the data can end the element that holds it
    return JSON.stringify(data).replaceAll('<', '\\u003c');
  }

  private side({ rows, input }: Side) {
    const numbers = new Map<readonly Cell[], number>();
    const encoded = rows.map(({ askers, cells }, index) => {
      numbers.set(cells, index);
      const told = new Map<Cell, number>();
      return runLengths(
        cells.map((cell, column) => {
          let number = told.get(cell);
          if (number === undefined) {
            told.set(cell, (number = this.outcome(cell, askers[0]!, this.hosts[column]!, input.locate)));
          }
          return number;
        }),
      );
    });
    return { of: [...cellsBySource(rows).values()].map((cells) => numbers.get(cells)!), rows: encoded };
  }

  private outcome(cell: Cell, asker: Asker, host: string, locate: Side['input']['locate']): number {
    const { verdict, requests, reason, steps, decidedBy, example } = outcomeOf(cell, asker, locate);
    const source = sourceText(asker.source);
    const text = (words: string) => this.texts.of(general(words, source, host));
    const step = ({ station, stops, texts, places }: Step) => [
      ...[STATIONS.indexOf(station), stops ? 1 : 0],
      ...[texts.map(text), places.map(text)],
    ];
    const journey = this.journeys.of(steps.map(step));
    const parts = [requests.map(text), text(reason), journey, decidedBy.map(text), text(example)];
    const number = this.outcomes.of([VERDICTS.indexOf(verdict), ...parts]);
    this.same[number] ??= this.meanings.of([
      verdict,
      cell.classes.map((one) => general(requestClassText(one), source, host)),
    ]);
    return number;
  }
}

/** The text with placeholders; put back, they give the same text again. */
function general(text: string, source: string, host: string): string {
  const shown = visible(text).replaceAll(visible(source), SOURCE).replaceAll(NAMELESS, HOST);
  return host === '' ? shown : shown.replaceAll(visible(host), HOST);
}

/** Characters that control something, or turn the direction of text around, as escapes. */
function visible(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Numbers to the base of 36; what repeats is written once with how often. */
function runLengths(numbers: readonly number[]): string {
  const tokens: string[] = [];
  for (let start = 0; start < numbers.length;) {
    let end = start;
    while (numbers[end] === numbers[start] && end < numbers.length) end++;
    const number = numbers[start]!.toString(36);
    tokens.push(end - start > 1 ? `${number}*${(end - start).toString(36)}` : number);
    start = end;
  }
  return tokens.join(' ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** A page that needs nothing else. It can run its own script only, and load nothing. */
export function matrixPage(matrix: Matrix): string {
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(pageStyle)}`,
    `script-src ${hashOf(pageScript)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const signs = { allowed: '●', some: '◐', unknown: '?', denied: '·' } as const;
  const words = ['allowed', 'some', 'unknown', 'denied'] as const;
  const legend = words.map(
    (word) => `<li><span class="cell ${word}" aria-hidden="true">${signs[word]}</span>${cellMeanings[word]}</li>`,
  );
  const options = words.map((word) => `<option value="${word}">${cellMeanings[word]}</option>`);
  const modes = ['changes', 'now', 'before'].map(
    (mode) => `<label><input type="radio" name="mode" value="${mode}">${mode}</label>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="osm-ts egress matrix">
<title>Egress matrix</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Egress matrix</h1>
<label>sources <input id="sources" type="search" autocomplete="off"></label>
<label>destinations <input id="destinations" type="search" autocomplete="off"></label>
<label>only where <select id="only"><option value="">anything</option>${options.join('')}<option id="changed" value="changed">something has changed</option></select></label>
<fieldset id="modes"><legend hidden>what is shown</legend>${modes.join('')}</fieldset>
<span id="count" role="status"></span>
<ul id="legend">${legend.join('')}</ul>
</header>
<main>
<div id="frame">
<div id="corner"><span>Arrows move, / filters, Esc comes back.</span></div>
<div id="columns" aria-hidden="true"><div id="heads" class="sizer"></div></div>
<div id="names" aria-hidden="true"><div id="sides" class="sizer"></div></div>
<div id="view" role="grid" tabindex="0" aria-label="Sources by destinations"><div id="cells" class="sizer" role="rowgroup"></div></div>
<p id="empty" hidden>Nothing matches.</p>
</div>
<aside id="detail" aria-live="polite" aria-label="The cell" tabindex="0"></aside>
</main>
<noscript>This page draws its grid with its own script. Without scripts: osm-ts egress matrix -o markdown</noscript>
<script type="application/json" id="data">${new PageData(matrix).toJson()}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}
