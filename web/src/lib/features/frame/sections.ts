import type { Project } from '$lib/api/types';
import { may, type Guarded } from '$lib/utils/may';

/** A place the navigation leads to. `key` is pressed after G. */
export interface Section {
  href: string;
  label: string;
  key?: string;
}

type Team = Guarded & { id: string };

/** What of a team its reader may open. */
export function teamSections(team: Team): Section[] {
  const at = `/teams/${team.id}`;
  return [
    { href: `${at}/projects`, label: 'Projects', key: 'p', when: may(team, 'project.read') },
    { href: `${at}/members`, label: 'Members', when: may(team, 'team.read') },
    { href: `${at}/tokens`, label: 'Tokens', when: may(team, 'tokens.own') },
    { href: `${at}/audit`, label: 'Audit', when: may(team, 'audit.read') },
    { href: `${at}/settings`, label: 'Settings', when: may(team, 'team.read') }
  ].filter((section) => section.when);
}

/** What of a project its reader may open. */
export function projectSections(project: Pick<Project, 'slug' | 'allowed_actions'>): Section[] {
  const at = `/projects/${project.slug}`;
  return [
    { href: at, label: 'Overview', key: 'o', when: may(project, 'project.read') },
    { href: `${at}/functions`, label: 'Functions', key: 'f', when: may(project, 'functions.read') },
    { href: `${at}/domains`, label: 'Domains', when: may(project, 'project.read') },
    { href: `${at}/environment`, label: 'Environment', when: may(project, 'variables.read') },
    { href: `${at}/logs`, label: 'Logs', key: 'l', when: may(project, 'logs.read') },
    { href: `${at}/settings`, label: 'Settings', when: may(project, 'project.read') }
  ].filter((section) => section.when);
}

/** What of the installation its reader may open. */
export function operatorSections(me: Guarded): Section[] {
  if (!may(me, 'installation.read')) return [];
  return [
    { href: '/admin/users', label: 'Users' },
    { href: '/admin/teams', label: 'Teams' },
    { href: '/admin/queue', label: 'Reconciler' },
    { href: '/admin/audit', label: 'Installation audit' },
    { href: '/admin/settings', label: 'Installation settings' }
  ];
}

/** Whether a place is where one is. A project's overview is only itself, not all below it. */
export function isAt(section: Section, pathname: string): boolean {
  const overview = /^\/projects\/[^/]+$/.test(section.href);
  return pathname === section.href || (!overview && pathname.startsWith(`${section.href}/`));
}
