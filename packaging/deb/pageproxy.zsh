#compdef pageproxy
# zsh reads the completion of bash.
autoload -U +X bashcompinit && bashcompinit
source /usr/share/bash-completion/completions/pageproxy
_bash_complete -o default -F _complete_pageproxy
