/** A reference, and who should have put the key in its place. */
interface KeyReference {
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

/** One pattern of several, without regard to case. */
const anyOf = (...patterns: RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join('|'), 'i')

const shell = 'let the shell, compose file or loader that starts the process expand it'

/** Folders in which key files lie; GitLab puts variables of type File under /builds. */
const folders =
  '(?:run|var|etc|secrets?|home|mnt|opt|usr|tmp|conf(?:ig)?|certs?|keys?|builds|workspace|srv)/'

/** Most particular first. A whole-text match, unless braces make chance impossible. */
const forms: readonly ReferenceForm[] = [
  {
    pattern: /\$\{\{\s*(?:secrets|vars|env|github|inputs|matrix|needs|steps|jobs?)\b[^}]*\}\}/,
    form: 'a GitHub Actions expression in double braces',
    advice:
      'put the expression into the `env:` of the workflow step, where GitHub Actions expands it',
  },
  {
    pattern: /\$\{\{[^}]*\}\}/,
    form: 'a reference variable in double braces, as Railway writes it',
    advice: 'set it in the Variables of the Railway service, where Railway resolves it',
  },
  {
    pattern: /^encrypted:/,
    form: 'a value that dotenvx encrypted',
    advice: 'start the process through dotenvx, with `dotenvx run -- node server.js`',
  },
  {
    pattern: /^\$ANSIBLE_VAULT;|^!vault\b/,
    form: 'a value that Ansible Vault encrypted',
    advice: 'let Ansible decrypt it when it writes the environment of the service',
  },
  {
    pattern: /^ENC\[(?:PKCS7|GPG)/,
    form: 'a value that eyaml encrypted, ENC[…]',
    advice: 'let Hiera (eyaml) decrypt it when it writes the environment of the service',
  },
  {
    pattern: /^op:\/\//,
    form: 'a 1Password reference, op://…',
    advice: 'start the process through 1Password, with `op run --env-file=.env -- node server.js`',
  },
  {
    pattern: /^(?:vault:|bao:|hvs?:|secret\/data\/|<path:)/i,
    form: 'a Vault reference',
    advice: 'let the Vault agent or injector resolve it before the process starts',
  },
  {
    pattern: /^ENC\[|^sops:/,
    form: 'a value that sops encrypted, ENC[…]',
    advice: 'let sops decrypt it, with `sops exec-env secrets.env "node server.js"`',
  },
  {
    pattern: /^ENC\(/,
    form: 'an encrypted value, ENC(…), as Jasypt writes it',
    advice: 'decrypt it before the process starts, since nothing in Node resolves ENC(…)',
  },
  {
    pattern: /^\{cipher\}/,
    form: 'a value that Spring Cloud Config encrypted',
    advice: 'let the config server (Spring Cloud Config) decrypt it before the process starts',
  },
  {
    pattern: anyOf(
      /^(?:enc(?:rypted)?|cipher(?:text)?|crypt|secure|aes(?:-?\d+)?|kms|dpapi|sealed)[:([]/,
      /^(?:pgp|gpg|age)[:([]|^-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED)/,
    ),
    form: 'an encrypted value',
    advice: 'decrypt it with the tool that encrypted it before the process starts',
  },
  {
    pattern: /^ref\+[a-z0-9]+:\/\//i,
    form: 'a vals reference, ref+…',
    advice: 'start the process through vals, with `vals exec -f env.yaml -- node server.js`',
  },
  {
    pattern: /^@Microsoft\.KeyVault\(/i,
    form: 'an Azure Key Vault reference',
    advice:
      "give the app's managed identity the right to read that Key Vault secret (role Key Vault " +
      'Secrets User), then look at the state of the reference under Environment variables',
  },
  {
    pattern: /^@[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+$/,
    form: 'the name of a Vercel secret, @…',
    advice: 'Vercel resolves such names no longer, so set the key itself there',
  },
  {
    pattern: /^(?:arn:aws[\w-]*:|\{\{resolve:|aws-?(?:sm|ssm|secretsmanager):|ssm:)/i,
    form: 'an AWS secret reference',
    advice:
      'AWS resolves it in a few places only, under `secrets` of an ECS task definition, or where ' +
      'CloudFormation supports dynamic references; elsewhere read AWS Secrets Manager in code',
  },
  {
    pattern: new RegExp(`^/(?!${folders})(?:[\\w.-]+/)+[A-Z][A-Z0-9_]{3,}$`),
    form: 'the name of a parameter, as AWS Parameter Store has them',
    advice:
      'AWS puts the value in its place only under `secrets` of an ECS task definition; ' +
      'elsewhere read the parameter in code, as `aws ssm get-parameter` does',
  },
  {
    pattern: anyOf(
      /^(?:projects\/[^/]+\/secrets\/|gcp-?sm:|sm:\/\/|berglas:\/\/)/,
      /^[a-z][\w-]*:latest$|^(?=[\w-]*(?:key|secret|token))[a-z][\w-]*:\d{1,3}$/,
    ),
    form: 'a Google Secret Manager reference',
    advice: 'let Cloud Run resolve it, with `gcloud run services update --update-secrets`',
  },
  {
    pattern: anyOf(
      /^(?:doppler|infisical|bws?|keyring|keychain|secret|secretref|akv|keyvault|kv|gsm):\S/,
      /^(?:env|conjur|akeyless|chamber|pass|summon|secretsmanager|gcp|awssm):\S|^!var\s/,
      /^\$(?:ref|secret|vault|ssm|sm|op):\S/,
      /^(?!https?:|wss?:|ftp:|file:)[a-z][a-z0-9+.-]*:\/\/\S/,
    ),
    form: 'a reference into a secret store',
    advice: 'start the process through the tool of that store, which resolves the reference',
  },
  {
    pattern: /^AQICAH[A-Za-z0-9+/]{30}|^CiQA[A-Za-z0-9+/]{40}/,
    form: 'a value that a key management service (KMS) encrypted',
    advice: 'decrypt it before the process starts, as `aws kms decrypt` or `gcloud kms decrypt` do',
  },
  {
    pattern: /\{\{[^}]*\}\}|^\[\[.*\]\]$/,
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
    form: "a reference that only another program's settings file knows, such as LiteLLM's",
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
    advice: 'render the template before the process starts',
  },
  {
    pattern: /^(?:[\w.]*\b(?:env|environ|getenv|ENV)[.[(]|(?:var|local|data|module)\.[a-z_.]+$)/,
    form: 'a piece of code',
    advice: 'let the program read the variable; a settings file does not run code',
  },
  {
    pattern: /^(?:!Ref|!Sub|!GetAtt|Fn::|secretKeyRef|valueFrom|secrets\.\w)/,
    form: 'a reference of a deployment template',
    advice: 'write the reference where the deployment tool resolves it, not inside quotes',
  },
]

/** `prod/deepseek/api-key`: words only, and one of them says that it is a secret. */
const entryName = /^(?=.*(?:key|secret|token|deepseek))[a-z][\w-]*(?:\/[\w-]+)+$/i

const insideFolder = new RegExp(`^${folders}`, 'i')

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
  if (entryName.test(start) && !insideFolder.test(start) && !/\d[a-z]|[a-z]\d.*\d/i.test(start)) {
    return {
      form: 'the name of an entry in a secret store',
      advice: 'let the platform put the value in its place, or read the entry in code',
    }
  }
  return forms.find(({ pattern }) => pattern.test(start))
}
