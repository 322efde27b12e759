/**
 * A workflow command of GitHub Actions, which becomes an annotation of a pull request.
 * @param properties `file`, `line`, `title`…; those that are undefined are left out
 */
export function workflowCommand(
  level: 'error' | 'warning' | 'notice',
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const list = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${propertyText(String(value))}`],
  );
  return `::${level} ${list.join(',')}::${dataText(message)}\n`;
}

/** GitHub's escapes: a line break would end the command. */
function dataText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function propertyText(text: string): string {
  return dataText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
