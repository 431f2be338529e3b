/** The states a thing can be shown in: each has a silhouette and a colour; the word is the user's. */
export type Shape = 'live' | 'busy' | 'wait' | 'fail' | 'queued' | 'off' | 'asleep' | 'proven';
