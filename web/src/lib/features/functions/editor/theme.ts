// How the editor looks: the design's tokens, which know light and dark.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--sunken)', fontSize: '12.5px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 16px 0 4px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--selected) 45%, transparent)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text-3)', border: '0' },
  '.cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--selected) 45%, transparent)', color: 'var(--text)' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '34px', padding: '0 8px 0 8px' },
  '.cm-changes .cm-gutterElement': { width: '9px', padding: '1px 0' },
  '.cm-change': { height: '18px', width: '3px', borderRadius: '1px' },
  '.cm-change.added': { backgroundColor: 'var(--ok)' },
  '.cm-change.changed': { backgroundColor: 'var(--busy-mark)' },
  '.cm-gutter-lint': { width: '14px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  '.cm-lint-marker': { width: '10px', height: '10px', margin: '5px 2px', content: 'none' },
  '.cm-lint-marker-error': { borderRadius: '2.2px', backgroundColor: 'var(--fail-mark)', content: '""' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--fail-mark)', textDecorationSkipInk: 'none', textUnderlineOffset: '3px' },
  '.cm-lintPoint-error::after': { borderBottomColor: 'var(--fail-mark)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selected)', outline: '1px solid var(--line-2)' },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--fail-soft)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--selected)' },
  '.cm-searchMatch': { backgroundColor: 'var(--wait-soft)', outline: '1px solid var(--wait-line)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--wait-line)' },
  '.cm-tooltip': { border: '0', borderRadius: '10px', backgroundColor: 'var(--raised)', color: 'var(--text)', boxShadow: 'var(--shadow-float)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '12px', maxHeight: '240px', padding: '4px', minWidth: '220px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '20px', borderRadius: '6px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--selected)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600', color: 'var(--accent-text)' },
  '.cm-completionDetail': { fontStyle: 'normal', color: 'var(--text-3)', marginLeft: '0' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 12px', maxWidth: '320px', font: '12px/16px var(--font-ui)', color: 'var(--text-2)', whiteSpace: 'normal' },
  '.cm-tooltip-lint': { padding: '4px 0' },
  '.cm-diagnostic': { padding: '6px 12px', font: '12px/18px var(--font-ui)', maxWidth: '420px', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeft: '0', color: 'var(--fail)' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--text)', font: '12px/16px var(--font-ui)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '8px 32px 8px 16px' },
  '.cm-panel.cm-search label': { fontSize: '12px' },
  '.cm-textfield': { height: '26px', border: '1px solid var(--line-control)', borderRadius: '6px', backgroundColor: 'var(--surface)', fontSize: '12px', padding: '0 8px' },
  '.cm-button': { height: '26px', border: '1px solid var(--line-2)', borderRadius: '6px', background: 'var(--surface)', fontSize: '12px', padding: '0 8px' },
  '.cm-textfield:focus-visible, .cm-button:focus-visible': { outline: '2px solid var(--focus)', outlineOffset: '1px' }
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-key)' },
  { tag: tags.bool, color: 'var(--code-num)' },
  { tag: tags.number, color: 'var(--code-num)' },
  { tag: tags.string, color: 'var(--code-str)' },
  { tag: tags.comment, color: 'var(--code-com)' },
  { tag: [tags.function(tags.variableName), tags.namespace], color: 'var(--code-fn)' }
]);

export const theme = [look, syntaxHighlighting(colours)];
