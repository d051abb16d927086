import type { Problem } from './finding'

/** Names that DeepSeek switched off (HTTP 400 since 24 July 2026) or keeps as aliases only. */
const retired: Readonly<Record<string, string>> = {
  'deepseek-chat': 'deepseek-flash',
  'deepseek-reasoner': 'deepseek-v4-pro',
  'deepseek-coder': 'deepseek-flash',
  'deepseek-v4-flash': 'deepseek-flash',
  'deepseek-v4-flash-vision-exp': 'deepseek-flash',
}

/** A warning for each retired name. Only names of this closed list are ever printed. */
export function retiredModels(models: readonly string[], variable: string): Problem[] {
  return models.flatMap((model): Problem[] => {
    const next = Object.hasOwn(retired, model) ? retired[model] : undefined
    if (next === undefined) return []
    return [
      {
        code: 'model-retired',
        severity: 'warning',
        variable,
        title: `${variable} names ${model}, which DeepSeek has retired.`,
        evidence: [`${model} is not among the models that DeepSeek lists`],
        advice: `Set ${variable} to ${next}`,
        validAfterFix: true,
        origin: variable === 'models' ? 'option' : 'environment',
      },
    ]
  })
}
