export interface BoundaryProblem {
  /** Below src. */
  file: string;
  line: number;
  imports: string;
  why: string;
}

export function boundaryProblems(src: string): BoundaryProblem[];
