/** What of a thing is to be written: fields that are absent, or undefined, stay as they are. */
export type Changes<Thing> = { [Key in keyof Thing]?: Thing[Key] | undefined }
