import { UsageError } from '../errors.js';
import type { Target } from '../simulator/request/index.js';
import { clientOfSender, type ClientName } from './client.js';

/** Nothing says who sends a request. */
export function nobodySends(): UsageError {
  return new UsageError(
    'who sends the request is missing',
    'add --from NAMESPACE/SERVICEACCOUNT, such as --from curl/curl',
  );
}

/** Who sends a target, by its own command line. @throws UsageError where that does not tell */
export function senderOf({ sender }: Target): ClientName {
  if (!sender) throw nobodySends();
  return clientOfSender(sender);
}
