// The few lines that make a shell ask this program for completions. What the program answers is one
// candidate a line, with a tab before its description, or `:file` or `:dir` where the shell itself
// is to offer files. Nothing of it is ever evaluated.

const BASH = `# bash: eval "$(tidings completion bash)"
_tidings() {
  local line IFS=$'\\n'
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$2")); return ;;
      :dir) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "$2")); return ;;
    esac
    # Where candidates are only listed, descriptions stand beside them.
    if [[ \${COMP_TYPE-} == 63 && $line == *$'\\t'* ]]; then
      COMPREPLY+=("\${line%%$'\\t'*}  -- \${line#*$'\\t'}")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <(tidings __complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}
complete -F _tidings tidings
`

const ZSH = `#compdef tidings
# zsh: eval "$(tidings completion zsh)", or this as a file _tidings in a folder of $fpath
_tidings() {
  local answer line
  local -a typed found shown
  (( CURRENT > 2 )) && typed=("\${(@Q)words[2,CURRENT-1]}")
  answer=$(tidings __complete zsh -- "\${(@)typed}" "\${(Q)PREFIX}" 2>/dev/null)
  case $answer in
    '') return 1 ;;
    :file) compset -P '--*='; _files; return ;;
    :dir) compset -P '--*='; _files -/; return ;;
  esac
  for line in "\${(@f)answer}"; do
    found+=("\${line%%$'\\t'*}")
    if [[ $line == *$'\\t'?* ]]; then
      shown+=("\${line%%$'\\t'*}  -- \${line#*$'\\t'}")
    else
      shown+=("$line")
    fi
  done
  compadd -V tidings -l -d shown -a found
}
if [[ \${funcstack[1]-} == _tidings ]]; then
  _tidings "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _tidings tidings
fi
`

const FISH = `# fish: tidings completion fish | source
function __tidings_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l found (tidings __complete fish -- $words "$current" 2>/dev/null)
    # Of --option=FILE only what is behind the sign is a path.
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l path (string replace -r -- '^--[^=]*=' '' "$current")
    switch "$found[1]"
        case :file
            set found (__fish_complete_path "$path")
        case :dir
            set found (__fish_complete_directories "$path")
        case '*'
            set option
    end
    for each in $found
        echo -- "$option$each"
    end
end
complete -c tidings -f -k -a '(__tidings_complete)'
`

const POWERSHELL = `# PowerShell: tidings completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName tidings -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # A dot before each word, since some versions lose empty ones.
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or
      ($_.Extent.EndOffset -eq $cursorPosition -and $wordToComplete -eq '') } |
    ForEach-Object { if ($_.PSObject.Properties['Value']) { '.' + $_.Value } else { '.' + $_ } })
  $typed = '.' + ($wordToComplete -replace '^[''"]|[''"]$', '')
  $encoding = [Console]::OutputEncoding
  try {
    [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
    $found = @(& tidings __complete powershell -- @before $typed 2>$null)
  } finally {
    [Console]::OutputEncoding = $encoding
  }
  # After no candidates PowerShell offers files by itself.
  if ($found.Count -gt 0 -and $found[0] -cmatch '^:(file|dir)$') { return }
  $found | ForEach-Object {
    $word, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $word }
    $text = $word
    if ($word -notmatch '^[\\w./:=-]+$') { $text = "'" + ($word -replace "'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue',
      $description)
  }
}
`

export const SHELLS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const
export type Shell = keyof typeof SHELLS
