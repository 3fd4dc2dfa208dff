/** What a program refers to: imports of every kind, types included, and files named from `import.meta.url`. */
export function importsOf(text: string): string[];
