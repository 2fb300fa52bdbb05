import { Component, type ComponentChildren } from 'preact';
import { Failure } from './states';

/** A mistake of ours in one page must not leave an empty window. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error });
  }

  override render() {
    return this.state.error === null ? (
      this.props.children
    ) : (
      <Failure error={this.state.error} onRetry={() => window.location.reload()} />
    );
  }
}
