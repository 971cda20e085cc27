/** As much of it as what is tested looks at. */
export const only = <Whole extends object>(part: Partial<Whole>): Whole => part as Whole
