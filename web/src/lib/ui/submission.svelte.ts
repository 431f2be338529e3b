import { createKey } from '$lib/api/request';
import { asApiError, type ApiError } from '$lib/api/problem';

/** One form on its way: busy or not, and what was wrong the last time. */
export class Submission {
  busy = $state(false);
  error = $state<ApiError>();
  #key = createKey();

  /**
   * Does the act unless it is being done already. The key stays the same until an answer came, so
   * that asking again after a lost answer makes nothing twice. Answers whether it succeeded.
   */
  async run(act: (key: string) => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = undefined;
    try {
      await act(this.#key);
      this.#key = createKey();
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      if (this.error.status !== 0) this.#key = createKey();
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The same, for a form's `onsubmit`. */
  on(act: (key: string) => Promise<unknown>): (event: SubmitEvent) => Promise<void> {
    return async (event) => {
      event.preventDefault();
      await this.run(act);
    };
  }

  /** The problem of one field. */
  field(name: string): string | undefined {
    return this.error?.field(name);
  }

  /** The error, unless the fields that are shown say all of it. */
  beyond(...shown: string[]): ApiError | undefined {
    const error = this.error;
    if (!error) return undefined;
    const said = error.errors.length > 0 && error.errors.every((one) => shown.includes(one.field));
    return said ? undefined : error;
  }
}
