const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Longest age that a notation is for, its unit, and the smaller unit that follows it. */
const notations: readonly (readonly [
  below: number,
  unit: number,
  letter: string,
  smaller?: number,
  smallerLetter?: string,
])[] = [
  [2 * minute, second, 's'],
  [10 * minute, minute, 'm', second, 's'],
  [3 * hour, minute, 'm'],
  [8 * hour, hour, 'h', minute, 'm'],
  [2 * day, hour, 'h'],
  [8 * day, day, 'd', hour, 'h'],
  [2 * year, day, 'd'],
  [8 * year, year, 'y', day, 'd'],
  [Infinity, year, 'y'],
];

/** Time since a Kubernetes timestamp as kubectl writes ages: `45s`, `3m20s`, `5h`, `9d`; `-` without a timestamp. */
export function ageText(timestamp: string | undefined, now: number): string {
  const created = timestamp === undefined ? NaN : Date.parse(timestamp);
  if (Number.isNaN(created)) return '-';
  const age = Math.max(0, now - created);
  const [, unit, letter, smaller, smallerLetter] = notations.find(([below]) => age < below) ?? notations[0]!;
  const rest = smaller === undefined ? 0 : Math.floor((age % unit) / smaller);
  return `${Math.floor(age / unit)}${letter}${rest > 0 ? `${rest}${smallerLetter}` : ''}`;
}
