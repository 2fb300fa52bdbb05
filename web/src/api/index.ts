export * as api from './client';
export { ApiError, type Sent } from './client';
export * from './types';
