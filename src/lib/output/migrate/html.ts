import type { MigrationAnswer } from '../../egress/migrate.js';
import { visible } from '../../text/visible.js';
import { endText } from '../../wording/diff.js';
import { classCommand, sourcesText, undecidedText } from '../../wording/effects.js';
import { accountSummary, changeSections, messageText, reasonText, remedyText } from '../../wording/migrate.js';
import { placeText } from '../../wording/policy.js';
import { requestClassText } from '../../wording/request-class.js';

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.4rem;text-align:left;vertical-align:top}code{white-space:pre-wrap;word-break:break-all}.ERROR,.wider{color:#b00020}.WARNING,.narrower{color:#8a5a00}';

/** The account as a page that needs nothing else: no script, no address of another place. */
export function accountAsHtml(answer: MigrationAnswer): string {
  const { input, messages, undecided, sources } = answer;
  const { locate, world } = input;
  const summary = escaped(accountSummary(answer, sources.length));
  const told = messages.map((message) => {
    const places = message.at.slice(0, 3).map((ref) => escaped(placeText(ref, locate)));
    return row([
      `<b class="${message.level}">${message.level}</b>`,
      escaped(messageText(message, world)),
      places.join('<br>'),
    ]);
  });
  const sections = changeSections(answer, locate).map(({ change, title, told: changes }) => {
    const rows = changes.map(({ effect, sources: from }) =>
      row([
        escaped(sourcesText(from)),
        escaped(requestClassText(effect.class)),
        `<code>${escaped(classCommand(effect.class))}</code>`,
        escaped(endText(effect.class.witness, effect.before)),
        escaped(endText(effect.class.witness, effect.after)),
        [reasonText(effect.reason), remedyText(effect)]
          .flatMap((text) => (text === undefined ? [] : [escaped(text)]))
          .join('<br>to avoid it: '),
      ]),
    );
    return `<h2 class="${change}">${escaped(title)}</h2>${table(['from', 'requests', 'such as', 'OSM', 'Istio', 'why'], rows)}`;
  });
  const unknown = undecided.map((one) => `<li>${escaped(undecidedText(one, locate))}</li>`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>From OSM to Istio</title>',
    `<style>${STYLE}</style></head><body><h1>From OSM to Istio</h1><p>${summary}</p>`,
    ...(told.length > 0 ? [`<h2>To know and to do</h2>${table(['level', 'message', 'where'], told)}`] : []),
    ...sections,
    ...(unknown.length > 0 ? [`<h2>Not known</h2><ul>${unknown.join('')}</ul>`] : []),
    '</body></html>\n',
  ].join('\n');
}

function table(header: readonly string[], rows: readonly string[]): string {
  return `<table><tr>${header.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows.join('\n')}</table>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
