import type { Measure } from '../support/report.ts'
import type { BenchOptions } from './options.ts'
import type { RefreshTown } from './refresh-town.ts'
export const measureIngest = async (_t: RefreshTown, _o: BenchOptions): Promise<Measure[]> => []
