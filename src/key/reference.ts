/** A reference, and who should have put the key in its place. */
export interface KeyReference {
  /** What it looks like, without the name inside. */
  form: string
  /** Continues "Resolve the reference: …". */
  advice: string
}

interface ReferenceForm extends KeyReference {
  pattern: RegExp
}

/** References are short; the bound keeps hostile texts cheap. */
const LONGEST = 300

const shell = 'let the shell, compose file or loader that starts the process expand it'

/** Most particular first. A whole-text match, unless braces make chance impossible. */
const forms: readonly ReferenceForm[] = [
  {
    pattern: /\$\{\{[^}]*\}\}/,
    form: 'a GitHub Actions expression in double braces',
    advice: 'put the expression into the `env:` of the workflow step, where Actions expands it',
  },
  {
    pattern: /^op:\/\//,
    form: 'a 1Password reference, op://…',
    advice: 'start the process through 1Password: `op run -- node server.js`',
  },
  {
    pattern: /^(?:vault:|hvs?:|secret\/data\/)/i,
    form: 'a Vault reference',
    advice: 'let the Vault agent or injector resolve it before the process starts',
  },
  {
    pattern: /^ENC\[|^sops:/,
    form: 'a value that sops encrypted, ENC[…]',
    advice: 'decrypt it first: `sops exec-env secrets.env "node server.js"`',
  },
  {
    pattern: /^ref\+[a-z0-9]+:\/\//i,
    form: 'a vals reference, ref+…',
    advice: 'start the process through vals: `vals exec -f env.yaml -- node server.js`',
  },
  {
    pattern: /^@Microsoft\.KeyVault\(/i,
    form: 'an Azure Key Vault reference',
    advice: "give the app's identity the right to read the Key Vault secret",
  },
  {
    pattern: /^(?:arn:aws[\w-]*:|\{\{resolve:|aws-?(?:sm|ssm|secretsmanager):|ssm:)/i,
    form: 'an AWS secret reference',
    advice: 'let the task definition resolve it: put it under `secrets`, not `environment`',
  },
  {
    pattern: /^(?:projects\/[^/]+\/secrets\/|gcp-?sm:|sm:\/\/)/i,
    form: 'a Google Secret Manager reference',
    advice: 'let the platform mount it: `gcloud run deploy --set-secrets`',
  },
  {
    pattern: /^(?:doppler|infisical|bws?|keyring|keychain|secret|secretref|akv|env):(?:\/\/)?\S/i,
    form: 'a reference into a secret store',
    advice: 'start the process through the tool of that store, which resolves the reference',
  },
  {
    pattern: /\{\{[^}]*\}\}/,
    form: 'a template, {{ … }}',
    advice: 'render the template first, with Helm, Ansible or whatever tool it was written for',
  },
  {
    pattern: /<%=?[^%]*%>|#\{[^}]+\}/,
    form: 'a template placeholder',
    advice: 'render the template before the process starts',
  },
  {
    pattern: /\$\{[^}]*\}?/,
    form: 'a reference in braces after a dollar sign',
    advice: `${shell} (single quotes, systemd's EnvironmentFile and Docker's --env-file do not)`,
  },
  {
    pattern: /^\$env:\w+$/i,
    form: 'a PowerShell reference, $env:…',
    advice: 'set the variable in PowerShell itself, without quotes around the reference',
  },
  {
    pattern: /^\$\$?[A-Za-z_]\w*\}?$|^\$\(.*\)$|^\$\[.*\]$|^`\w+ [^`]+`$/,
    form: 'a shell reference, $…',
    advice: `${shell} (single quotes, systemd's EnvironmentFile and Docker's --env-file do not)`,
  },
  {
    pattern: /^(?:%env\(|os\.environ\/|\{(?:env|file):)/,
    form: "a reference that only another program's settings file knows",
    advice: 'set the variable where this process starts; no settings file expands it here',
  },
  {
    pattern: /^%[A-Za-z_]\w*%$|^![A-Za-z_]\w*!$/,
    form: 'a cmd.exe reference, %…%',
    advice: 'set the variable in cmd.exe, where %…% is expanded; PowerShell wants $env:',
  },
  {
    pattern: /^\{(?!.*(?:your|here))[A-Za-z_]\w*\}$|^__[A-Z]\w*__$|^@{1,2}[A-Z]\w*@{1,2}$/,
    form: 'a template placeholder',
    advice: 'render the template before the process starts; in Python mark the text as f-string',
  },
  {
    pattern: /^(?:[\w.]*\b(?:env|environ|getenv|ENV)[.[(]|(?:var|local|data|module)\.[a-z_.]+$)/,
    form: 'a piece of code',
    advice: 'let the program read the variable; a settings file does not run code',
  },
  {
    pattern: /^(?:!Ref|!Sub|!GetAtt|Fn::|secretKeyRef|valueFrom)\b/,
    form: 'a reference of a deployment template',
    advice: 'write the reference where the deployment tool resolves it, not inside quotes',
  },
]

/** A reference that nobody resolved: `$NAME`, `op://…`, a template, or a variable's own name. */
export function referenceIn(text: string, names: readonly string[] = []): KeyReference | undefined {
  const own = ['DEEPSEEK_API_KEY', 'DEEPSEEK_API_KEY_FILE', ...names]
  if (own.some((name) => name.toLowerCase() === text.toLowerCase())) {
    return {
      form: "a variable's name instead of its value",
      advice: 'write a reference to that variable, or the key itself, where the name stands now',
    }
  }
  const start = text.slice(0, LONGEST)
  return forms.find(({ pattern }) => pattern.test(start))
}
