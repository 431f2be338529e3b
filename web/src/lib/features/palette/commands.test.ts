import { expect, test } from 'vitest';
import type { Me, Permission, Project } from '$lib/api/types';
import { operatorSections, projectSections, teamSections } from '../frame/sections';
import { commands, marked, search } from './commands';

const person = (actions: Permission[]): Me => ({ id: 'u', email: 'a@b.c', name: 'Ada', operator: actions.length > 0, allowed_actions: actions, teams: [] });
const team = (actions: Permission[]) => ({ id: 't', name: 'Fernhill', allowed_actions: actions });
const project = (actions: Permission[]): Project => ({ id: 'p', team_id: 't', name: 'Seeds', slug: 'seeds', label: 'x', url: 'http://x', created_at: '', allowed_actions: actions });
const labels = (list: { label: string }[]) => list.map((one) => one.label);

const VIEWER: Permission[] = ['team.read', 'tokens.own', 'project.read'];
const ADMIN: Permission[] = [...VIEWER, 'project.create', 'project.update', 'variables.read', 'variables.write', 'functions.read', 'logs.read', 'members.manage', 'audit.read', 'domains.manage'];

test('a viewer is offered nothing they may not do', () => {
  const offered = labels(commands({ me: person([]), team: team(VIEWER), project: project(VIEWER), projects: [] }));
  for (const label of ['New project', 'Invite someone', 'Add a variable', 'Claim a domain', 'Rename the project', 'Audit', 'Environment', 'Logs', 'Users']) {
    expect(offered).not.toContain(label);
  }
  expect(offered).toContain('Overview');
  expect(offered).toContain('Make a token');
});

test('an admin is offered all of it', () => {
  const offered = labels(commands({ me: person([]), team: team(ADMIN), project: project(ADMIN), projects: [] }));
  for (const label of ['New project', 'Invite someone', 'Add a variable', 'Claim a domain', 'Audit', 'Logs']) expect(offered).toContain(label);
});

test('every command leads somewhere or does something', () => {
  for (const command of commands({ me: person(['installation.read']), team: team(ADMIN), project: project(ADMIN), projects: [project(ADMIN)] })) {
    expect(Boolean(command.href) !== Boolean(command.act), command.label).toBe(true);
  }
});

test('rights in a project come from the project, not from its team', () => {
  expect(labels(projectSections(project([...VIEWER, 'variables.read'])))).toEqual(['Overview', 'Domains', 'Environment', 'Settings']);
  expect(labels(teamSections(team(VIEWER)))).toEqual(['Projects', 'Members', 'Tokens', 'Settings']);
  expect(operatorSections(person([]))).toEqual([]);
});

test('the best match is first and its letters are marked', () => {
  const all = commands({ me: person([]), team: team(ADMIN), project: undefined, projects: [] });
  expect(labels(search(all, 'pro'))[0]).toBe('Projects');
  expect(search(all, 'zzz')).toEqual([]);
  expect(marked('New project', 'pro')).toEqual(['New ', 'pro', 'ject']);
});
