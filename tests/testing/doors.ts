/** What a host gets from `reeve` and `reeve/testing`, and nothing else. */
export * from '../../src/index.js';
export * from '../../src/testing/index.js';
