/** Scripts that let a shell ask `PROGRAM __complete WORD…` what may follow. They hold no names, so they stay right when commands change. */

export const shells = ['bash', 'fish', 'powershell', 'zsh'] as const;
export type Shell = (typeof shells)[number];

/**
 * The script for a shell.
 * @param program whose completion it is; the same word starts the program
 * @param descriptions whether what the words mean is shown with them
 */
export function completionScript(shell: Shell, program: string, descriptions: boolean): string {
  const name = program.replaceAll(/\W/g, '_');
  const question = descriptions ? '__complete' : '__completeNoDesc';
  return scripts[shell]
    .replaceAll('FUNCTION', () => `_${name}_complete`)
    .replaceAll('QUESTION', () => question)
    .replaceAll('PROGRAM', () => program);
}

// The last line of an answer is `:N`: 2 says that no space follows what is completed, 4 that there are no files to choose from.
const scripts: Readonly<Record<Shell, string>> = {
  // bash cuts words at `=` and `:` as well, so they are put together again; what bash takes for the word then lacks a beginning.
  bash: String.raw`# bash completion for PROGRAM. For this shell: source <(PROGRAM completion bash)
# For all: PROGRAM completion bash > ~/.local/share/bash-completion/completions/PROGRAM
FUNCTION() {
    local rest=${'$'}{COMP_LINE:0:COMP_POINT} word last=-1
    local -a words=()
    for word in "${'$'}{COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ $last -lt 0 || $rest == [[:space:]]* ]]; then
            rest=${'$'}{rest#"${'$'}{rest%%[![:space:]]*}"}
            last=$((last + 1))
            words[last]=
        fi
        [[ ${'$'}{#word} -le ${'$'}{#rest} ]] || word=$rest
        words[last]+=$word
        rest=${'$'}{rest#"$word"}
    done
    local current=${'$'}{words[last]} head=
    if [[ $word == [=:] ]]; then head=$current; else head=${'$'}{current%"$word"}; fi
    local value description directive=0 width=0 index
    local -a values=() descriptions=()
    while IFS=$'\t' read -r value description; do
        if [[ $value == :* && -z $description ]]; then
            directive=${'$'}{value#:}
        else
            value=${'$'}{value#"$head"}
            values+=("$value")
            descriptions+=("$description")
            [[ ${'$'}{#value} -le $width ]] || width=${'$'}{#value}
        fi
    done < <("${'$'}{words[0]/#\~/$HOME}" QUESTION "${'$'}{words[@]:1}" 2>/dev/null)
    COMPREPLY=("${'$'}{values[@]}")
    # Descriptions only where bash lists and puts nothing in.
    if [[ ${'$'}{COMP_TYPE:-9} == 63 && ${'$'}{#values[@]} -gt 1 ]]; then
        for index in "${'$'}{!values[@]}"; do
            [[ -z ${'$'}{descriptions[index]} ]] ||
                printf -v 'COMPREPLY[index]' '%-*s  (%s)' "$width" "${'$'}{values[index]}" "${'$'}{descriptions[index]}"
        done
    fi
    if ((directive & 2)); then compopt -o nospace 2>/dev/null; fi
    if ((directive & 4)); then compopt +o default 2>/dev/null; else compopt -o default 2>/dev/null; fi
}
complete -F FUNCTION PROGRAM
`,
  zsh: String.raw`#compdef PROGRAM
# zsh completion for PROGRAM. For this shell: source <(PROGRAM completion zsh)
# For all: PROGRAM completion zsh > "${'$'}{fpath[1]}/_PROGRAM"
FUNCTION() {
    local line directive=0
    local -a open closed
    for line in "${'$'}{(@f)$("${'$'}{(Q)words[1]/#\~/$HOME}" QUESTION "${'$'}{(Q@)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :<-> ]]; then
            directive=${'$'}{line#:}
        else
            local value=${'$'}{line%%$'\t'*} description=
            [[ $line != *$'\t'* ]] || description=${'$'}{line#*$'\t'}
            local item=${'$'}{value//:/\\:}${'$'}{description:+:$description}
            if [[ $value == *[/=] ]]; then open+=("$item"); else closed+=("$item"); fi
        fi
    done
    local found=1
    (( ! ${'$'}{#closed} )) || { _describe -V values closed && found=0 }
    (( ! ${'$'}{#open} )) || { _describe -V values open -S '' && found=0 }
    (( directive & 4 )) || { compset -P '*='; _files && found=0 }
    return found
}
if [[ $funcstack[1] == _PROGRAM ]]; then FUNCTION "$@"; else compdef FUNCTION PROGRAM; fi
`,
  fish: String.raw`# fish completion for PROGRAM. For this shell: PROGRAM completion fish | source
# For all: PROGRAM completion fish > ~/.config/fish/completions/PROGRAM.fish
function FUNCTION
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] QUESTION $words[2..-1] "$current" 2>/dev/null)
        if string match -qr '^:(?<directive>\d+)$' -- $line
            if test (math "bitand($directive, 4)") -eq 0
                set -l value (string replace -r '^--[^=]+=' '' -- $current)
                set -l head (string sub -l (math (string length -- $current) - (string length -- $value)) -- $current)
                for path in (__fish_complete_path $value)
                    echo $head$path
                end
            end
        else
            echo $line
        end
    end
end
complete -c PROGRAM -f -k -a '(FUNCTION)'
`,
  powershell: String.raw`# PowerShell completion for PROGRAM. For this shell: PROGRAM completion powershell | Out-String | Invoke-Expression
# For all: add that line to the file that $PROFILE names.
Register-ArgumentCompleter -Native -CommandName 'PROGRAM' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
    $before = @($words | Select-Object -Skip 1)
    if ($wordToComplete -and $before.Count -gt 0) { $before = @($before | Select-Object -SkipLast 1) }
    # Windows PowerShell drops empty words.
    $current = if ($wordToComplete) { "$wordToComplete" } elseif ($PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { '' }
    $directive = 0
    $lines = @(& $words[0] QUESTION @before $current 2>$null)
    foreach ($line in $lines) {
        if ($line -match '^:(\d+)$') { $directive = [int]$Matches[1]; continue }
        $value, $description = $line -split "${'`'}t", 2
        $tip = if ($description) { $description } else { $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $tip)
    }
    if (-not ($directive -band 4)) {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
    }
}
`,
};
