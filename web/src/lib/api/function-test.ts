// A test call of a function.
import { call } from './call';
import type { components } from './schema';

type Schemas = components['schemas'];

/** A request made up by hand. */
export type TestRequest = Schemas['TestFunction'];
/** What the function answered, and how it went. */
export type TestAnswer = Schemas['FunctionTest'];

/** Calls a function as a visitor's request would, but without a route: nothing fills `ctx.params`. */
export const test = (id: string, body: TestRequest): Promise<TestAnswer> => call('post', '/functions/{function}/test', { path: { function: id }, body });
