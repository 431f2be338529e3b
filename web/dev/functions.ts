// Functions, their versions and calls, made up. Nothing is run: texts are looked at for one mistake.
import type { FunctionCall } from '../src/lib/api/function-calls';
import type * as t from '../src/lib/api/types';
import type { Answered, Asked, Handler } from './mock.ts';
import { days, me, minutes } from './seed.ts';

const SEED = `// One seed, and how many packets are left to borrow.
const PACKETS = #{ "bere-barley": 12, "crown-prince": 6, "ailsa-craig": 20 };

fn handle(ctx) {
    let slug = ctx.params.slug;
    let packets = global::PACKETS[slug];
    if packets == () {
        return response(404, #{ error: \`There is no seed called \${slug}.\` });
    }

    let out = random::int(0, packets);
    let left = packets - out;
    log::info(\`\${slug}: \${left} of \${packets} packets left\`);
    #{ name: text::title(slug), sow: "April to May", left: left }
}
`;

interface Kept {
  fn: t.CroftFunction & { source: string };
  versions: t.FunctionVersion[];
}
let made = 0;
const route = (to: t.NewRoute): t.CroftFunction['routes'][number] => ({ id: `rte_${(made += 1)}`, ...to });

function kept(name: string, at: string, routes: t.NewRoute[], sources: string[], first = 1): Kept {
  const versions = sources.map((source, i): t.FunctionVersion => ({
    id: `ver_${name}_${first + i}`, number: first + i, active: i === sources.length - 1, source, source_bytes: source.length,
    created_at: i === sources.length - 1 ? at : days(sources.length - i + 3), created_by: i % 2 ? 'Priya Raman' : me.name
  }));
  const last = versions[versions.length - 1] as t.FunctionVersion;
  const url = routes[0] && `http://seeds.fernhill.example${routes[0].path}`;
  const fn = { id: `fun_${name}`, name, version_id: last.id, version: last.number, source: last.source ?? '', routes: routes.map(route), url, deployed_at: at };
  return { fn, versions: versions.reverse() };
}

const all: Kept[] = [
  kept('hello', days(30), [{ method: 'GET', path: '/hello/:name' }], ['"Hello"\n', '"Hello, " + ctx.params.name + "!"\n']),
  kept('seed', minutes(330), [{ method: 'GET', path: '/api/seeds/:slug' }, { method: 'GET', host: 'seeds.fernhill.example', path: '/api/packets/:slug' }], [SEED.replace('20 };', '18 };').replace('    log::info', '    // log::info'), SEED.replace('"April to May"', '"in spring"'), SEED], 12),
  kept('returned', days(3), [{ method: 'POST', path: '/api/returned' }], ['let loan = ctx.json;\nloan.missing.field\n'], 5),
  kept('tidy', days(8), [], ['log::info("nothing to tidy");\n'])
];
const find = (name?: string) => all.find(({ fn }) => fn.name === name);

const said = (text: string): t.LogLine => ({ level: 'info', text });
const base = Date.now();
const id = (n: number) => `call_${String(n).padStart(26, '0')}`;
let count = 1_000;

function call(n: number, fn: string, method: string, path: string, status: number, outcome: t.Outcome, us: number, log: t.LogLine[], error?: t.ScriptError): FunctionCall {
  return { id: id(1_000 - n), function: fn, request_id: `req_${1000 + n}mQx`, trigger: 'http', at: new Date(base - n * 17_000).toISOString(), method, path, status, outcome, duration_us: us, log, error };
}
const calls: FunctionCall[] = [
  call(1, 'seed', 'GET', '/api/seeds/bere-barley', 200, 'returned', 812, [said('bere-barley: 7 of 12 packets left')]),
  call(2, 'seed', 'GET', '/api/seeds/bear-barley', 404, 'returned', 590, []),
  call(3, 'returned', 'POST', '/api/returned', 500, 'threw', 1100, [said('loan 4411'), { level: 'warn', text: 'no date given' }], { message: 'property "missing" not found', line: 2, column: 6, stack: [{ function: 'due', line: 2, column: 1 }] }),
  call(4, 'seed', 'GET', '/api/seeds/shetland-kale', 500, 'threw', 1100, [said('shetland-kale')], { message: 'cannot subtract () from integer', line: 12, column: 24, stack: [{ function: 'handle' }] }),
  call(5, 'hello', 'GET', '/hello/Ada', 200, 'returned', 340, []),
  call(6, 'returned', 'POST', '/api/returned', 504, 'exceeded', 10_000_000, [], { message: 'took longer than 10 s', stack: [] }),
  ...Array.from({ length: 14 }, (_, i) => call(7 + i, 'seed', 'GET', `/api/seeds/ailsa-craig-${i}`, 200, 'returned', 700 + i * 31, [said(`ailsa-craig-${i}: 11 of 20 packets left`)]))
];

let listeners: ((call: FunctionCall) => void)[] = [];
export function followCalls(listener: (call: FunctionCall) => void): () => void {
  listeners.push(listener);
  return () => (listeners = listeners.filter((one) => one !== listener));
}
function happened(one: FunctionCall) {
  calls.unshift(one);
  for (const listener of listeners) listener(one);
}

/** The one mistake that is known: an equals sign without anything after it. */
function wrong(source: string): t.SourceProblem[] {
  const lines = source.split('\n');
  const line = lines.findIndex((text) => /=\s*;/.test(text));
  if (line === -1) return [];
  return [{ message: "Syntax error: Unexpected ';'", line: line + 1, column: (lines[line] ?? '').indexOf(';') + 1, text: lines[line] }];
}

function deploy({ fn, versions }: Kept, source: string, routes: t.NewRoute[] | undefined) {
  if (source !== fn.source) {
    const number = Math.max(...versions.map((one) => one.number)) + 1;
    for (const one of versions) one.active = false;
    versions.unshift({ id: `ver_${fn.name}_${number}`, number, active: true, source, source_bytes: source.length, created_at: new Date().toISOString(), created_by: me.name });
    Object.assign(fn, { source, version: number, version_id: `ver_${fn.name}_${number}`, deployed_at: new Date().toISOString() });
  }
  if (routes) Object.assign(fn, { routes: routes.map(route), url: routes[0] && `http://seeds.fernhill.example${routes[0].path}` });
}

/** All of both, one hunk: as long as it can be read, it need not be short. */
function diff(before: string, after: string): string {
  if (before === after) return '';
  const [old, now] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')];
  const rows: string[] = [];
  for (let i = 0; i < Math.max(old.length, now.length); i += 1) {
    if (old[i] === now[i]) rows.push(` ${old[i]}`);
    else rows.push(...(old[i] === undefined ? [] : [`-${old[i]}`]), ...(now[i] === undefined ? [] : [`+${now[i]}`]));
  }
  return `--- before\n+++ after\n@@ -1,${old.length} +1,${now.length} @@\n${rows.join('\n')}\n`;
}

function counts(query: URLSearchParams): unknown {
  const hour = query.get('step') === 'hour';
  const length = hour ? 3_600_000 : 60_000;
  const until = Math.ceil(Date.now() / length) * length;
  const since = Math.floor(Date.parse(query.get('since') ?? '') / length) * length;
  const name = query.get('function') ?? '';
  const items = [];
  for (let at = since; at < until && name !== 'tidy'; at += length) {
    const wave = Math.round(8 + 6 * Math.sin(at / length / 4) + 3 * Math.sin(at / length * 1.7)) * (hour ? 20 : 1);
    const threw = name === 'returned' ? Math.ceil(wave / 2) : at % (length * 11) === 0 ? 1 : 0;
    if (wave <= 0) continue;
    const outcomes = [{ outcome: 'returned', calls: wave - threw, left_out: 0, duration_us: wave * 800 }, { outcome: 'threw', calls: threw, left_out: 0, duration_us: 0 }];
    items.push({ at: new Date(at).toISOString(), calls: wave, left_out: 0, duration_us: wave * 800, p50_us: 820, p95_us: 1_900, p99_us: 4_200, outcomes });
  }
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString(), step: hour ? 'hour' : 'minute', items, gaps: [] };
}

function test({ fn }: Kept, { method, path, query, source }: Record<string, string>): unknown {
  const failed = fn.name === 'returned';
  const error = failed ? { message: 'property "missing" not found', line: 2, column: 6, stack: [] } : null;
  const log = [said(`${path}: 7 of 12 packets left`), ...(source === undefined ? [] : [said('an edit ran')])];
  const status = failed ? 500 : 200;
  happened({ id: id((count += 1)), function: fn.name, request_id: `req_${count}mQx`, trigger: 'test', at: new Date().toISOString(), method: method ?? 'GET', path: path ?? '/', status, outcome: failed ? 'threw' : 'returned', duration_us: 912, log, error: error ?? undefined });
  const body = failed ? '' : JSON.stringify({ name: 'Bere barley', sow: 'April to May', left: 7, query });
  return { status, headers: [['content-type', 'application/json'], ['croft-request-id', `req_${count}mQx`]], body, base64: false, duration_us: 912, outcome: failed ? 'threw' : 'returned', error, log };
}

interface Answers {
  ok: (value: unknown) => Answered;
  page: <T>(items: T[]) => Answered;
  done: Answered;
  problem: (status: number, code: string, title: string, detail: string, errors?: t.FieldError[]) => Answered;
  missing: () => Answered;
  body: (asked: Asked) => Record<string, any>;
}

export function scripts(on: (method: string, path: string, handler: Handler) => void, { ok, page, done, problem, missing, body }: Answers): void {
  const here = (project?: string) => project === 'prj_1' || project === 'seed-library';
  const one = (act: (found: Kept, asked: Asked, parts: string[]) => Answered): Handler => (asked, parts) => {
    const found = find(parts[1]);
    return found ? act(found, asked, parts) : missing();
  };
  const at = '/projects/:project/functions/:name';
  on('GET', '/projects/:project/functions', (_, [project]) => page(here(project) ? all.map(({ fn: { source: _, ...fn } }) => fn) : []));
  on('GET', at, one(({ fn }) => ok(fn)));
  on('PUT', at, (asked, [, name = '']) => {
    const { source, routes } = body(asked) as t.DeployFunction;
    const [first] = wrong(source);
    if (first) return problem(422, 'invalid', 'Something in the request is wrong', `source: line ${first.line}, column ${first.column}: ${first.message}`, [{ field: 'source', problem: `line ${first.line}, column ${first.column}: ${first.message}` }]);
    const others = all.filter(({ fn }) => fn.name !== name).flatMap(({ fn }) => fn.routes);
    if (routes?.some((mine) => others.some((other) => other.method === mine.method && other.path === mine.path))) return problem(409, 'conflict', 'Taken', 'See the fields.', [{ field: 'routes', problem: 'one of these routes leads to another function already, or stands here twice: choose another path, or move it' }]);
    const old = find(name);
    if (old) deploy(old, source, routes ?? undefined);
    else all.push(kept(name, new Date().toISOString(), routes ?? [], [source]));
    return ok(find(name)?.fn);
  });
  on('DELETE', at, (_, [, name]) => (all.splice(all.findIndex(({ fn }) => fn.name === name), 1), done));
  on('POST', `${at}/check`, (asked) => ok({ problems: wrong(body(asked).source) }));
  on('GET', `${at}/versions`, one(({ versions }) => page(versions.map(({ source: _, ...version }) => version))));
  on('GET', `${at}/versions/:number/diff`, one(({ versions }, { query }, [, , number]) => {
    const to = versions.find((version) => version.number === Number(number));
    const against = Number(query.get('against') ?? Number(number) - 1);
    const from = versions.find((version) => version.number === against);
    return to ? ok({ from: against, to: to.number, unified: diff(from?.source ?? '', to.source ?? '') }) : missing();
  }));
  on('POST', `${at}/versions/:number/activate`, one(({ fn, versions }, _, [, , number]) => {
    const to = versions.find((version) => version.number === Number(number));
    if (!to) return missing();
    for (const version of versions) version.active = version === to;
    return ok(Object.assign(fn, { source: to.source, version: to.number, version_id: to.id, deployed_at: to.created_at }));
  }));
  on('POST', '/functions/:id/test', (asked, [wanted]) => {
    const found = all.find(({ fn }) => fn.id === wanted);
    return found ? ok(test(found, body(asked))) : missing();
  });
  on('GET', '/projects/:project/invocations/counts', ({ query }) => ok(counts(query)));
  on('GET', '/projects/:project/invocations', ({ query }, [project]) => {
    const [fn, outcome] = [query.get('function'), query.get('outcome')];
    const items = here(project) ? calls.filter((one) => (!fn || one.function === fn) && (!outcome || one.outcome === outcome)) : [];
    return ok({ items, left_out: fn === 'seed' ? 12 : 0, gaps: [] });
  });
}
