export declare const SHARED_GUARDIAN: string;
export declare function startGuardian(): Promise<{ address: string; stop(): Promise<void> }>;
