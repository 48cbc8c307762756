# table.awk - medians of tools/bench/run's results, one row a measure
BEGIN { FS = "\t" }
{
    row = $1 "\t" $2 "\t" $3
    if (!(row in seen)) {
        seen[row] = 1
        rows[++row_count] = row
    }
    cell = row SUBSEP $4
    value[cell, ++count[cell]] = $5
}
function median(cell,    n, i, j, t, v) {
    n = count[cell]
    if (n == 0)
        return "-"
    for (i = 1; i <= n; i++)
        v[i] = value[cell, i] + 0
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
            t = v[j]
            v[j] = v[j - 1]
            v[j - 1] = t
        }
    return v[int((n + 1) / 2)]
}
END {
    print "| measure | services | value | echo | table | avahi | crier | n |"
    print "|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= row_count; i++) {
        split(rows[i], f, "\t")
        line = "| " f[1] " | " f[2] " | " f[3]
        most = 0
        for (j = 1; j <= 4; j++) {
            t = j == 1 ? "echo" : j == 2 ? "table" : j == 3 ? "avahi" : "crier"
            cell = rows[i] SUBSEP t
            line = line " | " median(cell)
            if (count[cell] > most)
                most = count[cell]
        }
        print line " | " most " |"
    }
}
