export declare const ADVICE: string;
export declare function findBrowser(environment?: Record<string, string | undefined>): string | null;
export declare function provideBrowser(): void;
