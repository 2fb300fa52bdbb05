import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Client from '../src/api/client';

interface Asked {
  path: string;
  token: string | null;
}

let client: typeof Client;
let asked: Asked[];
let answers: ((path: string, token: string | null) => Response | Promise<Response>)[];

const session = (token: string) =>
  Response.json({ access_token: token, token_type: 'Bearer', expires_in_s: 900, user: { id: 'u1', name: 'Aziza' } });
const problem = (status: number, more: object = {}) =>
  new Response(JSON.stringify({ title: 'no', status, ...more }), { status });

beforeEach(async () => {
  asked = [];
  answers = [];
  vi.resetModules();
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const token = (init.headers as Record<string, string>).Authorization?.replace('Bearer ', '') ?? null;
    asked.push({ path, token });
    const answer = answers.shift();
    if (!answer) throw new TypeError('nobody listens');
    return answer(path, token);
  });
  client = await import('../src/api/client');
});
afterEach(() => vi.unstubAllGlobals());

describe('the API client', () => {
  it('renews an access token that is over and asks once more', async () => {
    answers = [() => session('first'), () => problem(401), () => session('second'), () => Response.json({ id: 'c1' })];
    await expect(client.call('c1')).resolves.toEqual({ id: 'c1' });
    expect(asked).toEqual([
      { path: '/v1/auth/refresh', token: null },
      { path: '/v1/calls/c1', token: 'first' },
      { path: '/v1/auth/refresh', token: null },
      { path: '/v1/calls/c1', token: 'second' },
    ]);
  });

  it('refreshes once for requests that were refused together', async () => {
    await signedIn();
    const listed = (_: string, token: string | null) =>
      token === 'old' ? problem(401) : Response.json({ items: [], next_cursor: null });
    answers = [listed, listed, () => session('new'), listed, listed];
    await Promise.all([client.calls({}), client.calls({ stage: 'failed' })]);
    expect(asked.filter(({ path }) => path === '/v1/auth/refresh')).toHaveLength(1);
  });

  it('says that the session ended when the refresh is refused', async () => {
    await signedIn();
    const ended = vi.fn();
    client.whenSessionEnds(ended);
    answers = [() => problem(401), () => problem(401)];
    await expect(client.me()).rejects.toMatchObject({ status: 401 });
    expect(ended).toHaveBeenCalledOnce();
  });

  it('keeps the session when the refresh finds no network', async () => {
    await signedIn();
    const ended = vi.fn();
    client.whenSessionEnds(ended);
    answers = [() => problem(401)];
    await expect(client.me()).rejects.toMatchObject({ status: 0, isOffline: true });
    expect(ended).not.toHaveBeenCalled();
  });

  it('carries the code and the fields of a problem', async () => {
    await signedIn();
    answers = [
      () => problem(422, { code: 'invalid_input', detail: 'late', errors: [{ field: 'turns.3', message: 'late' }] }),
    ];
    await expect(client.sendTranscript({ turns: [] })).rejects.toMatchObject({
      status: 422,
      code: 'invalid_input',
      message: 'late',
      fields: [{ field: 'turns.3', message: 'late' }],
    });
  });

  it('tells a call that was here already from a new one', async () => {
    await signedIn();
    answers = [() => Response.json({ id: 'c1' }, { status: 200 }), () => Response.json({ id: 'c2' }, { status: 202 })];
    expect((await client.sendTranscript({ turns: [] })).isKnown).toBe(true);
    expect((await client.sendTranscript({ turns: [] })).isKnown).toBe(false);
  });

  it('has no analysis where the answer is 404', async () => {
    await signedIn();
    answers = [() => problem(404)];
    await expect(client.analysis('c1')).resolves.toBeNull();
  });

  it('survives an error that is not a problem, such as a proxy’s page', async () => {
    await signedIn();
    answers = [() => new Response('<html>', { status: 502 })];
    await expect(client.me()).rejects.toMatchObject({ status: 502, code: '' });
  });
});

async function signedIn(): Promise<void> {
  answers = [() => session('old')];
  await client.signIn('aziza', 'secret');
  asked = [];
}
