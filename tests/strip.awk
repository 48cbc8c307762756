# strip.awk - C source without comments and without the insides of literals,
# line by line as "FILE:LINE:TEXT", so that rules look at code alone
#
# The files of the project need no more than this: no trigraphs, no comment
# signs in #include lines.
FNR == 1 { comment = 0 }
{
    out = ""
    quote = ""
    n = length($0)
    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (comment) {
            if (two == "*/") {
                comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote) {
                quote = ""
                out = out c
            }
        } else if (two == "/*") {
            comment = 1
            i++
        } else if (two == "//") {
            break
        } else {
            if ((c == "\"" || c == "'") && $0 !~ /^#[ ]*include/)
                quote = c
            out = out c
        }
    }
    print FILENAME ":" FNR ":" out
}
