#compdef pageproxy
# zsh reads the completion of bash, and lacks bash's compopt.
autoload -U +X bashcompinit && bashcompinit
(( $+functions[compopt] )) || compopt() { }
source /usr/share/bash-completion/completions/pageproxy
_bash_complete -o default -F _complete_pageproxy
