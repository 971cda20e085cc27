/** Why a template cannot be used, as one sentence for the owner. */
export class TemplateFault extends Error {
  override name = 'TemplateFault'
}
