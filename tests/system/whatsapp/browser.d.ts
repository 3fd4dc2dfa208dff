type Environment = Record<string, string | undefined>;
export declare const ADVICE: string;
export declare function findBrowser(environment?: Environment): string | null;
export declare function provideBrowser(options?: { environment?: Environment; isRoot?: boolean }): void;
