/*
 * The migrations, embedded: migrations/embed.sh makes the list at build time
 * from migrations/NNNN_name.sql.
 */
#ifndef DB_MIGRATIONS_H
#define DB_MIGRATIONS_H

struct db_migration {
    int number;       /* 1, 2, … without gaps; 0 ends the list */
    const char *name; /* "foundation" */
    const char *sql;
};

extern const struct db_migration db_migrations[];

#endif
