import type { Me, Project } from '$lib/api/types';
import { operatorSections, projectSections, teamSections } from '../frame/sections';
import { may, type Guarded } from '$lib/utils/may';

/** One thing the palette offers. Where it leads is an address, so a page can be opened at its act. */
export interface Command {
  group: 'Do' | 'Go to';
  label: string;
  /** What it is about, after the label. */
  hint?: string;
  href?: string;
  keys?: string[];
  act?: 'sign-out' | 'keys' | 'theme-system' | 'theme-light' | 'theme-dark';
}

export interface Context {
  me: Me;
  team: Guarded & { id: string; name: string };
  /** The scope, unless it was widened. */
  project?: Project;
  projects: readonly Project[];
}

/** All that may be done and opened from here. What may not be done is not in the list. */
export function commands({ me, team, project, projects }: Context): Command[] {
  const found: (Command & { when?: boolean })[] = [];
  if (project) {
    const at = `/projects/${project.slug}`;
    const hint = project.name;
    found.push(
      { group: 'Do', label: 'New function', hint, href: `${at}/functions?do=new`, when: may(project, 'functions.write') },
      { group: 'Do', label: 'Add a variable', hint, href: `${at}/environment?do=add`, when: may(project, 'variables.write') },
      { group: 'Do', label: 'Claim a domain', hint, href: `${at}/domains?do=claim`, when: may(project, 'domains.manage') },
      { group: 'Do', label: 'Rename the project', hint, href: `${at}/settings`, when: may(project, 'project.update') },
      ...projectSections(project).map((section) => goTo(section, hint))
    );
  }
  const at = `/teams/${team.id}`;
  found.push(
    { group: 'Do', label: 'New project', hint: team.name, href: `${at}/projects?do=new`, when: may(team, 'project.create') },
    { group: 'Do', label: 'Invite someone', hint: team.name, href: `${at}/members?do=invite`, when: may(team, 'members.manage') },
    { group: 'Do', label: 'Make a token', hint: team.name, href: `${at}/tokens?do=new`, when: may(team, 'tokens.own') },
    ...teamSections(team).map((section) => goTo(section, team.name)),
    ...projects.filter((one) => one.id !== project?.id).map((one): Command => ({ group: 'Go to', label: one.name, hint: one.slug, href: `/projects/${one.slug}` })),
    ...operatorSections(me).map((section) => goTo(section, 'Operator')),
    { group: 'Go to', label: 'Account', href: '/account' },
    { group: 'Do', label: 'Theme: as the system', act: 'theme-system' },
    { group: 'Do', label: 'Theme: light', act: 'theme-light' },
    { group: 'Do', label: 'Theme: dark', act: 'theme-dark' },
    { group: 'Do', label: 'Show the keyboard map', keys: ['?'], act: 'keys' },
    { group: 'Do', label: 'Sign out', act: 'sign-out' }
  );
  return found.filter((command) => command.when !== false);
}

function goTo(section: { href: string; label: string; key?: string }, hint: string): Command {
  return { group: 'Go to', label: section.label, hint, href: section.href, keys: section.key ? ['G', section.key.toUpperCase()] : undefined };
}

/** Those whose label or hint has the words, best first: at the start, at a word, anywhere. */
export function search(all: readonly Command[], words: string): Command[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return [...all];
  const rank = ({ label, hint = '' }: Command) => {
    const text = label.toLowerCase();
    if (text.startsWith(wanted)) return 0;
    if (text.includes(` ${wanted}`)) return 1;
    if (text.includes(wanted)) return 2;
    return hint.toLowerCase().includes(wanted) ? 3 : 4;
  };
  return all
    .map((command, i) => ({ command, i, rank: rank(command) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map((one) => one.command);
}

/** A label cut at the words found in it: before, found, after. */
export function marked(label: string, words: string): [string, string, string] {
  const at = label.toLowerCase().indexOf(words.trim().toLowerCase());
  const length = words.trim().length;
  if (length === 0 || at === -1) return [label, '', ''];
  return [label.slice(0, at), label.slice(at, at + length), label.slice(at + length)];
}
