export { engineStart } from './engine-start.ts';
export { engineStatus } from './engine-status.ts';
export { engineStop } from './engine-stop.ts';
