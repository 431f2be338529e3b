import { SvelteSet } from 'svelte/reactivity';
import type { NewRoute } from '$lib/api/types';
import { keep, kept, keptNames } from '$lib/utils/stored';
import { afterDeploy, baseOf, isEdited, isOvertaken, readEdit, type Base, type Edit, type WholeFunction } from './draft';

const PREFIX = 'draft.';

/** Ids of functions that have an edit in this tab. */
export const drafts = new SvelteSet(keptNames(PREFIX));

/** The edit of one function, kept in this tab over a reload and over other pages. */
export class Draft {
  readonly #id: string;
  #edit = $state.raw<Edit>() as Edit;
  #deployed = $state.raw<Base>() as Base;
  /** Whether the browser had no room to keep it: then leaving the page loses it. */
  unkept = $state(false);

  constructor(fn: WholeFunction) {
    this.#id = fn.id;
    this.#deployed = baseOf(fn);
    this.#edit = afterDeploy(readEdit(kept(PREFIX + fn.id)) ?? { base: this.#deployed, source: fn.source, routes: baseOf(fn).routes }, this.#deployed);
    this.#keep();
  }

  get source(): string {
    return this.#edit.source;
  }
  set source(source: string) {
    this.#set({ ...this.#edit, source });
  }

  get routes(): NewRoute[] {
    return this.#edit.routes;
  }
  set routes(routes: NewRoute[]) {
    this.#set({ ...this.#edit, routes });
  }

  /** What it began with. */
  get base(): Base {
    return this.#edit.base;
  }

  /** Whether there is anything to deploy. */
  get edited(): boolean {
    return isEdited(this.#edit);
  }

  /** What was deployed meanwhile, if the edit does not know it. */
  get overtaken(): Base | undefined {
    return this.edited && isOvertaken(this.#edit, this.#deployed) ? this.#deployed : undefined;
  }

  /** That is deployed now, by whomever. */
  arrived(fn: WholeFunction) {
    this.#deployed = baseOf(fn);
    this.#set(afterDeploy(this.#edit, this.#deployed));
  }

  /** That was deployed from the edit; what was typed meanwhile goes on from it. */
  deployed(fn: WholeFunction) {
    this.#deployed = baseOf(fn);
    this.goOn();
  }

  /** Goes on with the edit on top of what was deployed meanwhile. */
  goOn() {
    this.#set({ ...this.#edit, base: this.#deployed });
  }

  /** Takes what is deployed; answers how to get the edit back. */
  drop(): () => void {
    const edit = this.#edit;
    this.#set({ base: this.#deployed, source: this.#deployed.source, routes: this.#deployed.routes });
    return () => this.#set({ ...edit, base: this.#deployed });
  }

  #set(edit: Edit) {
    this.#edit = edit;
    this.#keep();
  }

  #keep() {
    const edited = this.edited;
    this.unkept = !keep(PREFIX + this.#id, edited ? JSON.stringify(this.#edit) : null) && edited;
    if (edited) drafts.add(this.#id);
    else drafts.delete(this.#id);
  }
}
