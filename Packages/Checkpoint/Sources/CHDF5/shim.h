/* What Swift cannot reach in HDF5's C interface: macro constants, versioned names, and property lists that are
   always used in one way. Every function here is one step; the checkpoint format itself is written in Swift. */
#ifndef R1_CHDF5_SHIM_H
#define R1_CHDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest number of dimensions a data set can have. */
enum { R1_H5_MAX_RANK = H5S_MAX_RANK };

/* The element types of the format, in the order of r1_h5_type and r1_h5_data_set.type. */
enum { R1_H5_FLOAT32, R1_H5_BFLOAT16, R1_H5_FLOAT16, R1_H5_INT32, R1_H5_UINT8, R1_H5_TYPE_COUNT };

/* To be called on every thread before anything else. HDF5 prints its error stack unless that is turned off, and keeps the setting
   per thread. It also closes what is open when the program ends, and crashes over a file that a full disk kept
   it from closing; our files are closed by their owners. */
static inline void r1_h5_prepare(void) {
    H5dont_atexit();
    H5open();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static inline herr_t r1_h5_innermost(unsigned depth, const H5E_error2_t *error, void *text) {
    if (depth == 0 && error->desc) snprintf((char *)text, 512, "%s", error->desc);
    return 0;
}

/* The innermost message of this thread's error stack; `text` holds 512 bytes. */
static inline void r1_h5_error_text(char *text) {
    text[0] = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, r1_h5_innermost, text);
    H5Eclear2(H5E_DEFAULT);
}

/* A 16-bit float with the given exponent and fraction widths, as a true HDF5 float. */
static inline hid_t r1_h5_narrow_float(size_t exponent, size_t fraction, size_t bias) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0 || H5Tset_fields(type, 15, fraction, exponent, 0, fraction) < 0 || H5Tset_precision(type, 16) < 0
        || H5Tset_ebias(type, bias) < 0 || H5Tset_size(type, 2) < 0) return -1;
    return type;
}

/* A new handle on one of the element types; the caller closes it. */
static inline hid_t r1_h5_type(int type) {
    switch (type) {
    case R1_H5_FLOAT32: return H5Tcopy(H5T_IEEE_F32LE);
    case R1_H5_BFLOAT16: return r1_h5_narrow_float(8, 7, 127);
    case R1_H5_FLOAT16: return r1_h5_narrow_float(5, 10, 15);
    case R1_H5_INT32: return H5Tcopy(H5T_STD_I32LE);
    case R1_H5_UINT8: return H5Tcopy(H5T_STD_U8LE);
    default: return -1;
    }
}

/* Every call, closing included, empties the error stack: a function that tidies up after a failure puts back here
   what H5Eget_current_stack gave it. */
static inline void r1_h5_restore_errors(hid_t errors) {
    if (errors >= 0) H5Eset_current_stack(errors);
}

/* Creates a file, or opens one of ours to resume it. The 1.10 format keeps a checksum on every piece of metadata; an
   alignment of 4096 makes each data set start on a page so that it can be mapped; small data is not packed together for
   the same reason. Nothing in it carries a time, so that the same content gives the same bytes. The library's locks are
   not used: no other program knows the file's name yet, many network file systems have no locks, and a child process
   can keep an inherited lock. `description` is how many bytes about data sets are kept together. A driver of 0 is the
   library's ordinary one. */
static inline hid_t r1_h5_file_for_writing(
    const char *path, unsigned alignment, size_t description, int is_new, hid_t driver
) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE), file = -1;
    if (access >= 0 && creation >= 0 && H5Pset_obj_track_times(creation, 0) >= 0
        && H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0
        && H5Pset_alignment(access, 1, alignment) >= 0 && H5Pset_meta_block_size(access, description) >= 0
        && H5Pset_small_data_block_size(access, 0) >= 0
        && H5Pset_file_locking(access, 0, 1) >= 0 && (driver == 0 || H5Pset_driver(access, driver, NULL) >= 0))
        file = is_new ? H5Fcreate(path, H5F_ACC_TRUNC, creation, access) : H5Fopen(path, H5F_ACC_RDWR, access);
    hid_t errors = H5Eget_current_stack();
    if (creation >= 0) H5Pclose(creation);
    if (access >= 0) H5Pclose(access);
    r1_h5_restore_errors(errors);
    return file;
}

/* Without locks, as for writing: a finished file does not change. */
static inline hid_t r1_h5_open_file(const char *path) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = access >= 0 && H5Pset_file_locking(access, 0, 1) >= 0 ? H5Fopen(path, H5F_ACC_RDONLY, access) : -1;
    hid_t errors = H5Eget_current_stack();
    if (access >= 0) H5Pclose(access);
    r1_h5_restore_errors(errors);
    return file;
}

static inline herr_t r1_h5_flush(hid_t file) { return H5Fflush(file, H5F_SCOPE_GLOBAL); }

/* Creates the groups on the way to `path` that are not there yet. The library would do it, but give them times. */
static inline herr_t r1_h5_create_groups(hid_t file, const char *path) {
    char *part = strdup(path);
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    herr_t result = part && creation >= 0 ? H5Pset_obj_track_times(creation, 0) : -1;
    for (char *slash = part; result >= 0 && (slash = strchr(slash + 1, '/')); *slash = '/') {
        *slash = 0;
        htri_t exists = H5Lexists(file, part, H5P_DEFAULT);
        hid_t group = exists == 0 ? H5Gcreate2(file, part, H5P_DEFAULT, creation, H5P_DEFAULT) : -1;
        if (exists < 0 || (exists == 0 && group < 0)) result = -1;
        if (group >= 0) H5Gclose(group);
    }
    hid_t errors = H5Eget_current_stack();
    if (creation >= 0) H5Pclose(creation);
    r1_h5_restore_errors(errors);
    free(part);
    return result;
}

static inline herr_t r1_h5_set_contiguous(hid_t creation) {
    if (H5Pset_layout(creation, H5D_CONTIGUOUS) < 0) return -1;
    return H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
}

/* The filter's one value is the compression level for a library that rewrites a chunk. */
static inline herr_t r1_h5_set_chunks(hid_t creation, int rank, const hsize_t *chunk, int compression) {
    const unsigned level = 1;
    if (H5Pset_chunk(creation, rank, chunk) < 0 || H5Pset_shuffle(creation) < 0) return -1;
    return H5Pset_filter(creation, compression, H5Z_FLAG_MANDATORY, 1, &level);
}

/* A new data set that is not filled first. Without `chunk` it is contiguous and has its place in the file from the
   start; with it, it is made of chunks of that shape, shuffled and compressed by the filter `compression`. */
static inline hid_t r1_h5_create_data_set(
    hid_t file, const char *path, hid_t type, int rank, const hsize_t *shape, const hsize_t *chunk, int compression
) {
    if (r1_h5_create_groups(file, path) < 0) return -1;
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE), set = -1;
    hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape, NULL);
    if (creation >= 0 && space >= 0 && H5Pset_obj_track_times(creation, 0) >= 0
        && H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) >= 0
        && (chunk ? r1_h5_set_chunks(creation, rank, chunk, compression)
                  : r1_h5_set_contiguous(creation)) >= 0)
        set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    hid_t errors = H5Eget_current_stack();
    if (space >= 0) H5Sclose(space);
    if (creation >= 0) H5Pclose(creation);
    r1_h5_restore_errors(errors);
    return set;
}

static inline herr_t r1_h5_write(hid_t set, hid_t type, const void *bytes) {
    return H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
}

static inline hid_t r1_h5_open_data_set(hid_t file, const char *path) { return H5Dopen2(file, path, H5P_DEFAULT); }

/* Reads a whole data set through the library and its filters. */
static inline herr_t r1_h5_read(hid_t set, hid_t type, void *bytes) {
    return H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
}

/* The location of a data set. `type` is -1 for an element type the format does not know; `plain` is 0 when the bytes
   are chunked, filtered, in another file, or not in the file yet. `chunked` is 1 when they are in chunks that went
   through two filters, `filters` in their order. */
typedef struct {
    int type, rank, plain, chunked, filters[2];
    unsigned long long offset, stored;
} r1_h5_data_set;

/* The rank of the chunks, which is that of the data set; -1 unless there are two filters and a sound list. */
static inline int r1_h5_describe_chunks(hid_t creation, int *filters, hsize_t *chunk) {
    if (H5Pget_layout(creation) != H5D_CHUNKED || H5Pget_nfilters(creation) != 2) return -1;
    for (unsigned number = 0; number < 2; number++) {
        unsigned flags = 0;
        size_t value_count = 0;
        filters[number] = H5Pget_filter2(creation, number, &flags, &value_count, NULL, 0, NULL, NULL);
    }
    return H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
}

/* The number of chunks that are in the file, or -1. */
static inline long long r1_h5_chunk_count(hid_t set) {
    hid_t space = H5Dget_space(set);
    hsize_t count = 0;
    herr_t result = space < 0 ? -1 : H5Dget_num_chunks(set, space, &count);
    if (space >= 0) H5Sclose(space);
    return result < 0 ? -1 : (long long)count;
}

/* The first element of a chunk, its location in the file, and the filters it skipped. */
typedef struct {
    hsize_t origin[H5S_MAX_RANK];
    unsigned skipped;
    unsigned long long offset, stored;
} r1_h5_chunk;

static inline herr_t r1_h5_find_chunk(hid_t set, unsigned long long number, r1_h5_chunk *found) {
    hid_t space = H5Dget_space(set);
    haddr_t address = HADDR_UNDEF;
    hsize_t stored = 0;
    herr_t result = space < 0 ? -1
        : H5Dget_chunk_info(set, space, number, found->origin, &found->skipped, &address, &stored);
    if (space >= 0) H5Sclose(space);
    found->offset = address;
    found->stored = stored;
    return result;
}


static inline herr_t r1_h5_describe(hid_t set, r1_h5_data_set *found, hsize_t *shape, hsize_t *chunk) {
    hid_t type = H5Dget_type(set), space = H5Dget_space(set), creation = H5Dget_create_plist(set);
    herr_t result = -1;
    if (type >= 0 && space >= 0 && creation >= 0) {
        found->type = -1;
        for (int known = 0; known < R1_H5_TYPE_COUNT; known++) {
            hid_t candidate = r1_h5_type(known);
            if (candidate >= 0 && H5Tequal(type, candidate) > 0) found->type = known;
            if (candidate >= 0) H5Tclose(candidate);
        }
        H5S_class_t kind = H5Sget_simple_extent_type(space);
        found->rank = kind == H5S_SCALAR ? 0 : kind == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : -1;
        if (found->rank > 0) H5Sget_simple_extent_dims(space, shape, NULL);
        found->plain = H5Pget_layout(creation) == H5D_CONTIGUOUS && H5Pget_nfilters(creation) == 0
            && H5Pget_external_count(creation) == 0;
        found->chunked = found->rank > 0
            && r1_h5_describe_chunks(creation, found->filters, chunk) == found->rank;
        found->stored = H5Dget_storage_size(set);
        found->offset = H5Dget_offset(set);
        if (found->rank >= 0) result = 0;
    }
    if (creation >= 0) H5Pclose(creation);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return result;
}

/* Attributes: UTF-8 strings of fixed length, and 64-bit integers. Writing an existing one replaces its value. */
static inline herr_t r1_h5_write_attribute(hid_t object, const char *name, hid_t type, const void *value) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT)
        : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t result = attribute < 0 ? -1 : H5Awrite(attribute, type, value);
    hid_t errors = H5Eget_current_stack();
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    r1_h5_restore_errors(errors);
    return result;
}

static inline herr_t r1_h5_write_integer(hid_t object, const char *name, long long value) {
    return r1_h5_write_attribute(object, name, H5T_STD_I64LE, &value);
}

static inline herr_t r1_h5_write_string(hid_t object, const char *name, const char *text, size_t length) {
    hid_t type = H5Tcopy(H5T_C_S1);
    herr_t result = -1;
    if (type >= 0 && H5Tset_size(type, length ? length : 1) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0
        && H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0)
        result = r1_h5_write_attribute(object, name, type, text);
    hid_t errors = H5Eget_current_stack();
    if (type >= 0) H5Tclose(type);
    r1_h5_restore_errors(errors);
    return result;
}

static inline herr_t r1_h5_read_integer(hid_t object, const char *name, long long *value) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    herr_t result = -1;
    if (type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_I64LE) > 0 && H5Sget_simple_extent_npoints(space) == 1)
        result = H5Aread(attribute, H5T_STD_I64LE, value);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return result;
}

/* The string's length in bytes, or -1 when it is absent, of variable length or longer than `capacity`. */
static inline long long r1_h5_read_string(hid_t object, const char *name, char *text, size_t capacity) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    long long length = -1;
    if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0
        && H5Sget_simple_extent_npoints(space) == 1 && H5Tget_size(type) <= capacity
        && H5Aread(attribute, type, text) >= 0)
        length = (long long)strnlen(text, H5Tget_size(type));
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return length;
}

/* The number of links in a group, or -1. */
static inline long long r1_h5_link_count(hid_t group) {
    H5G_info_t info;
    return H5Gget_info(group, &info) < 0 ? -1 : (long long)info.nlinks;
}

/* The length of a link's name, or -1 when it does not fit. */
static inline long long r1_h5_link_name(hid_t group, unsigned long long index, char *name, size_t capacity) {
    ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_NATIVE, index, name, capacity, H5P_DEFAULT);
    return length < 0 || (size_t)length >= capacity ? -1 : (long long)length;
}

/* 1 when a link of this name leads to an object of this same file, 0 when it is absent or leads elsewhere. */
static inline int r1_h5_has_hard_link(hid_t group, const char *name) {
    H5L_info_t info;
    return H5Lexists(group, name, H5P_DEFAULT) > 0 && H5Lget_info(group, name, &info, H5P_DEFAULT) >= 0
        && info.type == H5L_TYPE_HARD;
}

/* Opens what a link leads to; `kind` becomes 0 for a group, 1 for a data set, -1 for anything else. */
static inline hid_t r1_h5_open_object(hid_t group, const char *name, int *kind) {
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    H5I_type_t type = object < 0 ? H5I_BADID : H5Iget_type(object);
    *kind = type == H5I_GROUP ? 0 : type == H5I_DATASET ? 1 : -1;
    return object;
}

#endif
