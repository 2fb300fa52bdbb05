/**
 * The only module that speaks HTTP. The access token lives in memory; the refresh token is a cookie that
 * scripts cannot read. A call refused with 401 is tried once more after a refresh.
 */
import type { AskedRevision, paths } from './schema';
import type {
  Again,
  Analysis,
  AudioLink,
  Call,
  CallPage,
  CallRow,
  Me,
  NewTranscript,
  Problem,
  Session,
  Stage,
  Turn,
} from './types';

/** What the API answers to a method on one of its addresses, by its own OpenAPI. */
type Answers<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: Record<number, unknown>;
}
  ? Good<paths[P][M]['responses']>
  : never;
type Good<R> = {
  [S in keyof R]: S extends 200 | 201 | 202
    ? R[S] extends { content: { 'application/json': infer B } }
      ? B
      : never
    : never;
}[keyof R];

/** An answer that was not a success. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: { field: string; message: string }[];

  constructor(status: number, problem: Partial<Problem> = {}) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? '';
    this.fields = problem.errors ?? [];
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** A sent call, and whether the product had the same content already. */
export interface Sent {
  call: CallRow;
  isKnown: boolean;
}

let accessToken: string | null = null;
let refreshing: Promise<Session> | null = null;
let onSessionEnd: () => void = () => {};

/** Called when a request is refused and the session cannot be renewed. */
export function whenSessionEnds(listener: () => void): void {
  onSessionEnd = listener;
}

interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  json?: unknown;
  signal?: AbortSignal | undefined;
}

async function send(path: string, { method = 'GET', json, signal }: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (json !== undefined) init.body = JSON.stringify(json);
  if (signal) init.signal = signal;
  try {
    return await fetch(`/v1${path}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0);
  }
}

function problemOf(status: number, body: string): ApiError {
  try {
    return new ApiError(status, JSON.parse(body) as Problem);
  } catch {
    return new ApiError(status);
  }
}

async function answer<T>(response: Response): Promise<T> {
  if (!response.ok) throw problemOf(response.status, await response.text());
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function request<T>(path: string, options: Options = {}): Promise<T> {
  if (accessToken === null) await renewed();
  const response = await send(path, options);
  if (response.status !== 401) return answer<T>(response);
  await renewed();
  return answer<T>(await send(path, options));
}

async function renewed(): Promise<void> {
  try {
    await refresh();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) onSessionEnd();
    throw error;
  }
}

function accepted(session: Session): Session {
  accessToken = session.access_token;
  return session;
}

/**
 * A used refresh token must never be sent twice: the server would take it for stolen and end the session.
 * So one refresh at a time, across all tabs of this browser.
 */
export function refresh(): Promise<Session> {
  refreshing ??= oneTabAtATime(async () => {
    accessToken = null;
    return accepted(await answer<Session>(await send('/auth/refresh', { method: 'POST' })));
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  // Browsers offer locks on secure origins (and localhost) alone.
  return locks ? (locks.request('dialix-refresh', work) as Promise<T>) : work();
}

export async function signIn(username: string, password: string): Promise<Session> {
  const response = await send('/auth/sign-in', { method: 'POST', json: { username, password } });
  return accepted(await answer<Session>(response));
}

export async function signOut(): Promise<void> {
  try {
    await answer<void>(await send('/auth/sign-out', { method: 'POST' }));
  } finally {
    accessToken = null;
  }
}

export const me = (): Promise<Me> => request<Answers<'/v1/me', 'get'>>('/me');

export interface CallFilter {
  stage?: Stage | null;
  cursor?: string | null;
  limit?: number;
}

export function calls({ stage, cursor, limit = 50 }: CallFilter, signal?: AbortSignal): Promise<CallPage> {
  const query = new URLSearchParams({ limit: String(limit), order: '-started_at' });
  if (stage) query.set('stage', stage);
  if (cursor) query.set('cursor', cursor);
  return request<Answers<'/v1/calls', 'get'>>(`/calls?${query}`, { signal });
}

const callPath = (id: string) => `/calls/${encodeURIComponent(id)}`;

export const call = (id: string, signal?: AbortSignal): Promise<Call> =>
  request<Answers<'/v1/calls/{call_id}', 'get'>>(callPath(id), { signal });

export async function turns(id: string, withWords: boolean, signal?: AbortSignal): Promise<Turn[]> {
  const path = `${callPath(id)}/turns?words=${withWords}`;
  return (await request<Answers<'/v1/calls/{call_id}/turns', 'get'>>(path, { signal })).items;
}

/** None while the call has not been judged. */
export async function analysis(id: string, signal?: AbortSignal): Promise<Analysis | null> {
  try {
    return await request<Answers<'/v1/calls/{call_id}/analysis', 'get'>>(`${callPath(id)}/analysis`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Has a settled call looked at again; `revision` is the one that the person saw. */
export const lookAgain = (id: string, what: Again, revision: number): Promise<CallRow> =>
  request<Answers<'/v1/calls/{call_id}/revisions', 'post'>>(`${callPath(id)}/revisions`, {
    method: 'POST',
    json: { what, revision } satisfies AskedRevision,
  });

export const audio = (id: string, signal?: AbortSignal): Promise<AudioLink> =>
  request<Answers<'/v1/calls/{call_id}/audio', 'get'>>(`${callPath(id)}/audio`, { signal });

export async function sendTranscript(transcript: NewTranscript): Promise<Sent> {
  if (accessToken === null) await renewed();
  const options: Options = { method: 'POST', json: transcript };
  let response = await send('/calls', options);
  if (response.status === 401) {
    await renewed();
    response = await send('/calls', options);
  }
  return { call: await answer<CallRow>(response), isKnown: response.status === 200 };
}

/** Sends a file, telling how much of it has left (0 to 1). XMLHttpRequest: fetch cannot report an upload. */
export async function sendRecording(
  file: File,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Sent> {
  if (accessToken === null) await renewed();
  let sent = await upload(file, onProgress, signal);
  if (sent.status === 401) {
    await renewed();
    sent = await upload(file, onProgress, signal);
  }
  if (sent.status < 200 || sent.status > 299) throw problemOf(sent.status, sent.body);
  return { call: JSON.parse(sent.body) as CallRow, isKnown: sent.status === 200 };
}

function upload(
  file: File,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append('file', file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', '/v1/calls');
    xhr.setRequestHeader('Authorization', `Bearer ${accessToken}`);
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    xhr.onload = () => resolve({ status: xhr.status, body: xhr.responseText });
    xhr.onerror = () => reject(new ApiError(0));
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => xhr.abort());
    xhr.send(form);
  });
}
