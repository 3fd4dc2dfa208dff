/** For those who write commands: a whole bot to try them on. Loaded as `reeve/testing`. */
export { type Answers, type Saying, UnexpectedAnswer } from './answers.js';
export { FakeClock } from './fakeClock.js';
export { MemoryGateway, type Sent, type Written } from './memoryGateway.js';
export { createTestBot, type TestBot, type TestBotOptions } from './testBot.js';
export type { SayOptions, Standing, TestUser } from './testUser.js';
