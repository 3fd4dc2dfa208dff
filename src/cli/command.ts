import type { Config } from '../config/config.js';
import type { Terminal } from './terminal.js';

/** An option of a command, for its parser and its help. */
export interface OptionSpec {
  name: string;
  /** What its value is called; without one the option is a switch. */
  value?: string;
  repeated?: boolean;
  help: string;
}

/** What the person typed, read by the command's own specification. */
export interface Arguments {
  words: string[];
  /** The last value given, or undefined. */
  value(name: string): string | undefined;
  values(name: string): string[];
  has(name: string): boolean;
  /** The options as words, all but those named: for a command line that goes on from this one. */
  optionsBut(...names: string[]): string[];
}

/** What a command works with. The configuration is read only by those who need it. */
export interface CommandContext {
  args: Arguments;
  config(): Config;
  terminal: Terminal;
  json: boolean;
}

/** Exit statuses: all well, a finding, and could not be done. */
export const OK = 0;
export const FINDING = 1;
export const FAILED = 2;
export type ExitStatus = 0 | 1 | 2;

/** A command of the command line: data from which its parser, its help and the list of commands are made. */
export interface CliCommand {
  name: string;
  summary: string;
  /** The words after the name, for example `[FILE]`. */
  words: string;
  /** At least and at most so many words. */
  wordCount: readonly [number, number];
  options: readonly OptionSpec[];
  /** More that help should say. */
  details?: string;
  examples: readonly string[];
  run(context: CommandContext): Promise<ExitStatus>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'tenant', value: 'NAME', help: 'the ledger of this tenant (default: REEVE_TENANT)' },
  { name: 'json', help: 'answer in JSON' },
  { name: 'help', help: 'show this' },
];
