import type { Client } from '../../input/client.js';
import type { RequestInput } from '../../input/request.js';

/** What was read, with the one client that is to be allowed something. */
export type AllowInput = RequestInput & Client;
