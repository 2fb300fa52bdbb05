import './styles/tokens.css';
import './styles/page.css';
import { type ComponentType, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { firstLanguage } from './app/preferences';
import { match, navigate, path, startRouter } from './app/router';
import { me, startProblem, startSession } from './app/session';
import { Shell } from './app/shell';
import { ErrorBoundary } from './components/error-boundary';
import { Failure, Loading } from './components/states';
import { NotFound } from './pages/not-found';

type PageModule = { default: ComponentType<{ params: Record<string, string> }> };

interface Route {
  pattern: string;
  isPublic?: boolean;
  load: () => Promise<PageModule>;
}

const ROUTES: Route[] = [
  { pattern: '/sign-in', isPublic: true, load: () => import('./pages/sign-in') },
  { pattern: '/calls', load: () => import('./pages/calls') },
  { pattern: '/calls/:id', load: () => import('./pages/call') },
];

/** The first place of the day, until there is an overview. */
const HOME = '/calls';

function App() {
  if (startProblem.value) return <Failure error={startProblem.value} onRetry={() => void startSession()} />;
  if (me.value === undefined) return null;

  if (path.value === '/') return <Redirect to={HOME} />;
  const route = ROUTES.find(({ pattern }) => match(pattern, path.value));
  if (!me.value && !route?.isPublic) {
    const wanted = window.location.pathname + window.location.search;
    return <Redirect to={`/sign-in?next=${encodeURIComponent(wanted)}`} />;
  }
  if (me.value && route?.isPublic) return <Redirect to={HOME} />;
  const page = route ? <Lazy route={route} /> : <NotFound />;
  const guarded = <ErrorBoundary key={path.value}>{page}</ErrorBoundary>;
  return route?.isPublic ? guarded : <Shell>{guarded}</Shell>;
}

function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

const loaded = new Map<Route, PageModule>();

function Lazy({ route }: { route: Route }) {
  const [page, setPage] = useState(loaded.get(route));
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    route.load().then((module) => {
      loaded.set(route, module);
      setPage(module);
    }, setError);
  };
  useEffect(() => {
    if (!page) load();
  }, []);
  if (error) return <Failure error={error} onRetry={() => window.location.reload()} />;
  if (!page) return <Loading lines={8} />;
  const Page = page.default;
  return <Page params={match(route.pattern, path.value) ?? {}} />;
}

async function start(): Promise<void> {
  startRouter();
  await Promise.all([firstLanguage(), startSession()]);
  const root = document.getElementById('page');
  if (root) render(<App />, root);
}

void start();
