/** It belongs to the package: who writes commands tests them with it. */
export { FakeClock } from '../../src/testing/fakeClock.js';
