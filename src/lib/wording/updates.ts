import type { InPlace, Updates } from '../simulator/updates.js';
import { refusalText } from './verdict.js';

type UpdateName = keyof Updates;

/** What a running proxy has of its three updates, a clause for each: which is the old one, and why. */
export function runningProxyTexts(updates: Updates): string[] {
  return (['listener', 'routes', 'clusters'] as const).map((name) => {
    const { state, inPlace, refusals } = updates[name];
    const reason = refusals[0] ? refusalText(refusals[0]) : undefined;
    const text = placeText(name, inPlace, state === 'absent');
    return reason === undefined ? text : `${text}: ${reason}`;
  });
}

function placeText(name: UpdateName, inPlace: InPlace, isAbsent: boolean): string {
  switch (inPlace) {
    case 'new':
      return `takes the new ${name}`;
    case 'old':
      return `keeps its old ${name}`;
    case 'none':
      return isAbsent ? `has no ${name}: there ${name === 'listener' ? 'is' : 'are'} none any more` : `has no ${name}`;
    case 'by-chance':
      return `has the new ${name} or what was there before, by chance`;
    case 'mixed':
      return 'takes the new routes of some ports, and keeps what was there before on others';
  }
}

/** What is said where Envoy refuses one of them, behind the reason. */
export const keptText = (name: UpdateName): string => `; the proxy keeps its old ${name}`;
