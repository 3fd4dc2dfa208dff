/** What any driver throws, as far as tests look at it. */
export interface Thrown {
  message: string;
  code?: string;
}

/**
 * What `work` fails with. Native drivers make their errors in another realm than a test file's, where neither
 * `instanceof Error` nor `toThrow` knows them; their properties can be compared all the same.
 */
export async function failureOf(work: Promise<unknown>): Promise<Thrown> {
  let result: unknown;
  try {
    result = await work;
  } catch (thrown) {
    return thrown as Thrown;
  }
  throw new Error(`it did not fail, but gave ${JSON.stringify(result)}`);
}
