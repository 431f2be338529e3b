// The editor itself. Only `Editor.svelte` imports this, when an editor is to be seen: it is the
// heaviest part of the dashboard.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentService, indentUnit, syntaxTree } from '@codemirror/language';
import { linter, lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, RangeSet, RangeSetBuilder, StateField, type Extension, type Text } from '@codemirror/state';
import { drawSelection, dropCursor, EditorView, gutter, GutterMarker, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import type { SourceProblem } from '$lib/api/types';
import { changes, type Change } from './changes';
import { offersAfter, type Offer } from './complete';
import { depth, rhai } from './rhai';
import { theme } from './theme';

export interface Options {
  root: ShadowRoot;
  text: string;
  /** What it is, for those who do not see it. */
  label: string;
  readonly: boolean;
  /** What is wrong in a text; asked a moment after each change. */
  check?: (source: string) => Promise<readonly SourceProblem[]>;
  changed: (text: string) => void;
}

export interface Handle {
  /** Another text, unless it is there already. */
  setText: (text: string) => void;
  /** The text that is deployed, from which changed lines are told. */
  setBase: (base: string) => void;
  setReadonly: (readonly: boolean) => void;
  /** Puts the cursor there, in sight, and the focus on it. */
  goTo: (line: number, column?: number) => void;
  destroy: () => void;
}

const CHECK_AFTER_MS = 400;

/** Where a line's column is; columns count characters from 1. What is beyond the end is the end. */
function place(doc: Text, line: number, column = 1): number {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return at.from + Array.from(at.text).slice(0, column - 1).join('').length;
}

function diagnostic({ doc }: EditorState, { line, column, message }: SourceProblem): Diagnostic {
  const from = line ? place(doc, line, column ?? 1) : 0;
  const rest = doc.lineAt(from).text.slice(from - doc.lineAt(from).from);
  const length = /^(?:\w+|\S)/.exec(rest)?.[0].length ?? 0;
  return { from, to: from + length, severity: 'error', message };
}

/** Those that are alike stand in the order of the reference. */
function asCompletion({ kind, word }: Offer, i: number): Completion {
  const { name, takes, help } = word;
  const completion: Completion = { label: name, type: kind, info: help || undefined, boost: -Math.min(i, 99) };
  if (kind === 'module') return { ...completion, detail: '::', apply: `${name}::` };
  if (takes === undefined) return completion;
  const apply = (view: EditorView, _: Completion, from: number, to: number) => {
    const called = view.state.sliceDoc(to, to + 1) === '(';
    const inside = from + name.length + (called || takes !== '' ? 1 : 2);
    view.dispatch({ changes: { from, to, insert: called ? name : `${name}()` }, selection: { anchor: inside }, userEvent: 'input.complete' });
  };
  return { ...completion, detail: `(${takes})`, apply };
}

function complete(context: CompletionContext): CompletionResult | null {
  const kind = syntaxTree(context.state).resolveInner(context.pos, -1).name;
  if (kind === 'string' || kind === 'comment') return null;
  const line = context.state.doc.lineAt(context.pos);
  const found = offersAfter(line.text.slice(0, context.pos - line.from), context.explicit);
  return found ? { from: context.pos - found.replaces, options: found.offers.map(asCompletion), validFor: /^\w*$/ } : null;
}

class ChangeMark extends GutterMarker {
  constructor(readonly kind: Change) {
    super();
  }
  override eq(other: ChangeMark) {
    return other.kind === this.kind;
  }
  override toDOM() {
    const mark = document.createElement('div');
    mark.className = `cm-change ${this.kind}`;
    return mark;
  }
}
const MARKS = { added: new ChangeMark('added'), changed: new ChangeMark('changed') };

/** Marks beside lines that differ from what is deployed. */
function changeMarks(base: string): Extension {
  const before = base.split('\n');
  const marks = (doc: Text): RangeSet<ChangeMark> => {
    const set = new RangeSetBuilder<ChangeMark>();
    for (const [line, change] of changes(before, doc.toString().split('\n'))) {
      const { from } = doc.line(line);
      set.add(from, from, MARKS[change]);
    }
    return set.finish();
  };
  const field = StateField.define({ create: ({ doc }) => marks(doc), update: (set, { docChanged, state }) => (docChanged ? marks(state.doc) : set) });
  return [field, gutter({ class: 'cm-changes', renderEmptyElements: true, markers: (view) => view.state.field(field) })];
}

const indents = indentService.of((context, pos) => {
  // What is pasted into a text stays as it is.
  if (syntaxTree(context.state).resolveInner(pos, -1).name === 'string') return undefined;
  const { doc } = context.state;
  const line = context.lineAt(pos, 1);
  let number = doc.lineAt(context.lineAt(pos, -1).from).number - 1;
  if (context.simulatedBreak === pos) number += 1;
  while (number > 0 && doc.line(number).text.trim() === '') number -= 1;
  const above = number > 0 ? doc.line(number) : undefined;
  const text = above && (context.simulatedBreak === pos && above.from <= pos && pos <= above.to ? above.text.slice(0, pos - above.from) : above.text);
  return depth(above && { text: text ?? '', columns: context.lineIndent(above.from, -1) }, line.text, context.unit);
});

/**
 * Types over a selection. A browser that did it itself would give the new text the look of the old by
 * a style attribute, which the policy of the dashboard blocks and reports.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType } = event;
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== 'insertText' || !data || empty || view.composing || view.state.readOnly || !event.cancelable) return false;
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert());
    return true;
  }
});

/** Makes an editor in a shadow root: there its styles are no style elements, which the policy of the dashboard forbids. */
export function makeEditor({ root, text, label, readonly, check, changed }: Options): Handle {
  const base = new Compartment();
  const lock = new Compartment();
  const checks = check
    ? [linter(async ({ state }) => (await check(state.doc.toString())).map((problem) => diagnostic(state, problem)), { delay: CHECK_AFTER_MS }), lintGutter()]
    : [];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        checks,
        lineNumbers(),
        base.of(changeMarks(text)),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        history(),
        drawSelection(),
        dropCursor(),
        indentUnit.of('    '),
        EditorState.tabSize.of(4),
        indents,
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        typeOver,
        autocompletion({ override: [complete], icons: false }),
        rhai(),
        theme,
        lock.of(EditorState.readOnly.of(readonly)),
        // Ctrl Enter is the page's, which sees the key after this.
        keymap.of([{ key: 'Mod-Enter', run: () => true }, ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-description': 'Escape, then Tab leaves the text', tabindex: '0', spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        })
      ]
    })
  });
  return {
    setText: (to) => {
      if (view.state.doc.toString() !== to) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: to } });
    },
    setBase: (to) => view.dispatch({ effects: base.reconfigure(changeMarks(to)) }),
    setReadonly: (to) => view.dispatch({ effects: lock.reconfigure(EditorState.readOnly.of(to)) }),
    goTo: (line, column) => {
      const at = place(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    destroy: () => view.destroy()
  };
}
