/*
 * A FUSE server that does nothing but answer, each request by a constant: 32,768 memory blocks, as lsmem reads them. It is the least that
 * any server takes for it. Usage: fuse-floor DIRECTORY live|kept
 *
 * live: files are as sysfs has them: 4096 bytes long, and each open reads them anew.
 * kept: the kernel keeps the texts, and opens files without asking. stat(2) shows the length of the text then, and a reader sees what
 * another wrote until it is told otherwise.
 */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 32768, MEMORY = 5, SIZE_FILE = 6, FIRST = 16, STEP = 8, FILES = 5 };

static const char *const FOLDERS[] = {"", "", "sys", "devices", "system", "memory"};
static const char *const NAMES[FILES] = {"state", "removable", "valid_zones", "phys_index", "phys_device"};
static const char *const TEXTS[FILES] = {"online\n", "1\n", "Movable\n", "", "0\n"};
static const double FOREVER = 1e6;
static int kept;

static int is_folder(fuse_ino_t ino) { return ino <= MEMORY || (ino >= FIRST && (ino - FIRST) % STEP == 0); }

static void text_of(fuse_ino_t ino, char *text)
{
	unsigned long block = (ino - FIRST) / STEP, file = (ino - FIRST) % STEP - 1;

	if (ino == SIZE_FILE)
		strcpy(text, "8000000\n");
	else if (file == 3)
		sprintf(text, "%08lx\n", block);
	else
		strcpy(text, TEXTS[file]);
}

static void stat_of(fuse_ino_t ino, struct stat *st)
{
	char text[64];

	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = is_folder(ino) ? 2 : 1;
	st->st_mode = is_folder(ino) ? S_IFDIR | 0755 : S_IFREG | 0644;
	if (is_folder(ino))
		return;
	text_of(ino, text);
	st->st_size = kept ? strlen(text) : 4096;
}

static struct fuse_entry_param entry_of(fuse_ino_t ino)
{
	struct fuse_entry_param entry = {.ino = ino, .attr_timeout = FOREVER, .entry_timeout = FOREVER};

	if (ino != 0)
		stat_of(ino, &entry.attr);
	return entry;
}

/* The child of a folder at a place; 0 where there are no more. */
static fuse_ino_t child_at(fuse_ino_t folder, long at, char *name)
{
	if (folder < MEMORY) {
		strcpy(name, FOLDERS[folder + 1]);
		return at == 0 ? folder + 1 : 0;
	}
	if (folder == MEMORY && at == 0) {
		strcpy(name, "block_size_bytes");
		return SIZE_FILE;
	}
	if (folder == MEMORY) {
		sprintf(name, "memory%ld", at - 1);
		return at <= BLOCKS ? FIRST + (at - 1) * STEP : 0;
	}
	strcpy(name, at < FILES ? NAMES[at] : "");
	return at < FILES ? folder + 1 + at : 0;
}

static fuse_ino_t child_named(fuse_ino_t folder, const char *name)
{
	char found[64], *end;
	long count = folder == MEMORY ? 1 : FILES;

	if (folder == MEMORY && strncmp(name, "memory", 6) == 0 && name[6] != 0) {
		long block = strtol(name + 6, &end, 10);

		return *end == 0 && block < BLOCKS ? FIRST + block * STEP : 0;
	}
	for (long at = 0; at < count; at++) {
		fuse_ino_t child = child_at(folder, at, found);

		if (child != 0 && strcmp(found, name) == 0)
			return child;
	}
	return 0;
}

static void do_lookup(fuse_req_t req, fuse_ino_t folder, const char *name)
{
	struct fuse_entry_param entry = entry_of(child_named(folder, name));

	fuse_reply_entry(req, &entry);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct stat st;

	(void)file;
	stat_of(ino, &st);
	fuse_reply_attr(req, &st, FOREVER);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	(void)ino;
	if (kept) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	file->direct_io = !is_folder(ino);
	file->cache_readdir = file->keep_cache = is_folder(ino);
	fuse_reply_open(req, file);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t from, struct fuse_file_info *file)
{
	char text[64];

	(void)size, (void)file;
	text_of(ino, text);
	fuse_reply_buf(req, text + from, (size_t)from < strlen(text) ? strlen(text) - from : 0);
}

static void do_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	(void)ino, (void)file;
	fuse_reply_err(req, 0);
}

static void list(fuse_req_t req, fuse_ino_t folder, size_t size, off_t from, int plus)
{
	char name[64], *buffer = malloc(size);
	size_t used = 0;
	fuse_ino_t child;

	for (off_t at = from; (child = child_at(folder, at, name)) != 0; at++) {
		struct fuse_entry_param entry = entry_of(child);
		size_t more = plus ? fuse_add_direntry_plus(req, buffer + used, size - used, name, &entry, at + 1)
				   : fuse_add_direntry(req, buffer + used, size - used, name, &entry.attr, at + 1);

		if (more > size - used)
			break;
		used += more;
	}
	fuse_reply_buf(req, buffer, used);
	free(buffer);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t from, struct fuse_file_info *file)
{
	(void)file;
	list(req, ino, size, from, 0);
}

static void do_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t from, struct fuse_file_info *file)
{
	(void)file;
	list(req, ino, size, from, 1);
}

static void do_init(void *data, struct fuse_conn_info *conn)
{
	const unsigned int keeping = FUSE_CAP_READDIRPLUS | FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT;

	(void)data;
	conn->want &= ~(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_READDIRPLUS);
	if (kept) {
		conn->want |= conn->capable & keeping;
		conn->want &= ~FUSE_CAP_AUTO_INVAL_DATA;
	}
}

static const struct fuse_lowlevel_ops OPERATIONS = {
	.init = do_init, .lookup = do_lookup, .getattr = do_getattr, .open = do_open, .read = do_read, .release = do_release,
	.opendir = do_open, .readdir = do_readdir, .readdirplus = do_readdirplus, .releasedir = do_release,
};

int main(int argc, char **argv)
{
	char *words[] = {argv[0], NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, words);
	struct fuse_session *session;

	if (argc != 3)
		return 2;
	kept = strcmp(argv[2], "kept") == 0;
	session = fuse_session_new(&args, &OPERATIONS, sizeof(OPERATIONS), NULL);
	if (session == NULL || fuse_session_mount(session, argv[1]) != 0)
		return 1;
	fuse_session_loop(session);
	fuse_session_unmount(session);
	return 0;
}
