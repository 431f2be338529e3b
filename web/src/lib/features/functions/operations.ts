import type { CallCounts, CallPage, FollowCalls, WantedCalls } from '$lib/api/function-calls';
import type { TestAnswer, TestRequest } from '$lib/api/function-test';
import type { DeployFunction, FunctionVersion, Page, SourceCheck, VersionDiff } from '$lib/api/types';
import type { WholeFunction } from './draft';

/** What can be asked of one function. */
export interface Operations {
  /** As it is now. */
  latest: () => Promise<WholeFunction>;
  check: (source: string) => Promise<SourceCheck>;
  deploy: (body: DeployFunction) => Promise<WholeFunction>;
  /** Newest first, without their texts. */
  versions: () => Promise<Page<FunctionVersion>>;
  /** What a version changed: of another one, or of the one before it. */
  diff: (number: number, against?: number) => Promise<VersionDiff>;
  activate: (number: number) => Promise<WholeFunction>;
  test: (id: string, request: TestRequest) => Promise<TestAnswer>;
  calls: (wanted: WantedCalls) => Promise<CallPage>;
  follow: (follow: FollowCalls) => () => void;
  counts: (wanted: { since: string; step: CallCounts['step'] }) => Promise<CallCounts>;
}
